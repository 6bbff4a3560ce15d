package main

import (
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess/cmdline"
)

func parseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "parse CMDLINE",
		Short: "Print the arguments that a command line means",
		Long: `Print the arguments that a command line means, as a JSON array: the answer of
Win32's CommandLineToArgvW. Nothing is created. An empty command line has no
arguments. Text that is not UTF-8 has no JSON form and is refused.`,
		Example:               `  createprocess parse '"/opt/my app/run" a\"b "c d"'`,
		Args:                  cobra.ExactArgs(1),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !utf8.ValidString(args[0]) {
				return fmt.Errorf("the command line is not valid UTF-8")
			}
			argv := cmdline.Split(args[0])
			if argv == nil {
				argv = []string{}
			}
			printJSON(os.Stdout, argv)
			return nil
		},
	}
}
