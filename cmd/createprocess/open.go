package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
)

const openHelp = `Say what access to a process one would get, as OpenProcess grants it: all that is
asked for, or ERROR_ACCESS_DENIED (5). With MAXIMUM_ALLOWED it is all that there is
to get.

What the kernel denies createprocessd is asked for, if it runs and has created
the process: the process's security descriptor decides.

Prints the rights as a number and by name. Nothing is done to the process.`

// opened is what open prints with --json.
type opened struct {
	PID     int                      `json:"pid"`
	Granted createprocess.AccessMask `json:"granted"`
	Rights  []string                 `json:"rights"`
}

func openCommand() *cobra.Command {
	var wanted string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "open [flags] PID",
		Short: "Say what access to a process one would get",
		Long:  openHelp,
		Example: `  createprocess open 4711
  createprocess open --access 'PROCESS_TERMINATE|SYNCHRONIZE' 4711`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("open needs one PID")
			}
			return nil
		},
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			access, err := createprocess.ParseAccessMask(wanted)
			if e := (*createprocess.Error)(nil); errors.As(err, &e) {
				return fmt.Errorf("--access %q: %w", wanted, e.Err)
			}
			list, err := openOthers(args, access)
			if err != nil {
				return err
			}
			defer list.close()
			p := list[0]
			rights := createprocess.FormatProcessAccess(p.Access())
			if asJSON {
				printJSON(os.Stdout, opened{p.ID(), p.Access(), strings.Split(rights, "|")})
			} else {
				fmt.Printf("0x%x %s\n", uint32(p.Access()), rights)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&wanted, "access", "MAXIMUM_ALLOWED", "the rights to ask for, `MASK`: numbers and names with | between them")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object: pid, granted, rights")
	return cmd
}
