package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-f798aa80/createprocess"
	"github.com/seed-f798aa80/createprocess/security"
)

const accessHelp = `Say whether a token may have access to an object, as Win32's AccessCheck does.

The object is what its security descriptor, SDDL, says. The token is what the
flags say, and nothing else: the same on every system, and whoever asks. A SID is
S-1-... or one of SDDL's abbreviations; Unix user 1000 is S-1-22-1-1000, Unix
group 100 is S-1-22-2-100.

Prints an object: ok, and granted, the rights as a number; with MAXIMUM_ALLOWED
all that the token may have. If it is denied, granted is 0. The exit status is 0
in both cases.`

// accessCheck is the flags of access.
type accessCheck struct {
	user, desired, object, domain string
	groups, privileges            []string
}

func accessCommand() *cobra.Command {
	a := &accessCheck{}
	cmd := &cobra.Command{
		Use:   "access --user SID [--group SID[:ATTRIBUTES]]... --desired MASK SDDL",
		Short: "Say whether a user may have access to an object",
		Long:  accessHelp,
		Example: `  createprocess access --user S-1-22-1-1000 --group BU --desired 'PROCESS_TERMINATE|SYNCHRONIZE' \
      'O:SYG:SYD:(D;;0x1;;;S-1-22-1-1000)(A;;GA;;;BU)'
  createprocess access --user S-1-22-1-0 --group SY --desired MAXIMUM_ALLOWED 'O:BAG:BAD:(A;;GR;;;SY)'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("access needs one SDDL: quote it")
			}
			return nil
		},
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			granted, ok, err := a.check(args[0])
			if err != nil {
				return err
			}
			printJSON(os.Stdout, struct {
				OK      bool                     `json:"ok"`
				Granted createprocess.AccessMask `json:"granted"`
			}{ok, granted})
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.user, "user", "", "the token's user, a `SID`")
	f.StringArrayVar(&a.groups, "group", nil, "a group of the token, `SID[:ATTRIBUTES]`: 7 (enabled) unless given, 16 counts in ACEs that deny only")
	f.StringArrayVar(&a.privileges, "privilege", nil, "a privilege that the token has enabled, `NAME`: "+strings.Join(slices.Sorted(maps.Keys(privileges)), ", "))
	f.StringVar(&a.desired, "desired", "", "the rights that are asked for, `MASK`: numbers and names with | between them")
	f.StringVar(&a.object, "object", "process", "what generic rights stand for, by the object's `KIND`: "+strings.Join(slices.Sorted(maps.Keys(objectKinds)), ", "))
	f.StringVar(&a.domain, "domain", "", "the domain that DA, DU and so on are of, a `SID`")
	cmd.MarkFlagRequired("user")
	cmd.MarkFlagRequired("desired")
	cmd.RegisterFlagCompletionFunc("object", cobra.FixedCompletions(slices.Sorted(maps.Keys(objectKinds)), cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("privilege", cobra.FixedCompletions(slices.Sorted(maps.Keys(privileges)), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var objectKinds = map[string]security.GenericMapping{
	"process": security.ProcessMapping,
	"thread":  security.ThreadMapping,
	"none":    security.IdentityMapping,
}

var privileges = map[string]security.Privilege{
	"SeSecurityPrivilege":      security.SeSecurityPrivilege,
	"SeTakeOwnershipPrivilege": security.SeTakeOwnershipPrivilege,
	"SeRelabelPrivilege":       security.SeRelabelPrivilege,
}

func (a *accessCheck) check(sddl string) (granted createprocess.AccessMask, ok bool, err error) {
	mapping, known := objectKinds[a.object]
	if !known {
		return 0, false, fmt.Errorf("--object %q: it is one of %s", a.object, strings.Join(slices.Sorted(maps.Keys(objectKinds)), ", "))
	}
	var options []security.Option
	if a.domain != "" {
		domain, err := security.ParseSID(a.domain)
		if err != nil {
			return 0, false, fmt.Errorf("--domain %q: %w", a.domain, err)
		}
		options = append(options, security.InDomain(domain))
	}
	token, err := a.token(options)
	if err != nil {
		return 0, false, err
	}
	desired, err := createprocess.ParseAccessMask(a.desired)
	if e := (*createprocess.Error)(nil); errors.As(err, &e) {
		return 0, false, fmt.Errorf("--desired %q: %w", a.desired, e.Err)
	}
	sd, err := security.ParseSDDL(sddl, options...)
	if err != nil {
		return 0, false, err
	}
	granted, ok = security.AccessCheck(sd, token, desired, mapping)
	return granted, ok, nil
}

func (a *accessCheck) token(options []security.Option) (*security.Token, error) {
	user, err := security.ParseSID(a.user, options...)
	if err != nil {
		return nil, fmt.Errorf("--user %q: %w", a.user, err)
	}
	token := &security.Token{User: user}
	for _, text := range a.groups {
		name, number, given := strings.Cut(text, ":")
		group := security.Group{Attributes: security.SE_GROUP_ORDINARY}
		if group.SID, err = security.ParseSID(name, options...); err != nil {
			return nil, fmt.Errorf("--group %q: %w", text, err)
		}
		if given {
			base := 10
			if hex, ok := strings.CutPrefix(strings.ToLower(number), "0x"); ok {
				base, number = 16, hex
			}
			attributes, err := strconv.ParseUint(number, base, 32)
			if err != nil {
				return nil, fmt.Errorf("--group %q: the attributes are not a number of 32 bits", text)
			}
			group.Attributes = security.GroupAttributes(attributes)
		}
		token.Groups = append(token.Groups, group)
	}
	for _, name := range a.privileges {
		privilege, ok := privileges[name]
		if !ok {
			return nil, fmt.Errorf("--privilege %q: it is one of %s", name, strings.Join(slices.Sorted(maps.Keys(privileges)), ", "))
		}
		token.Privileges = append(token.Privileges, privilege)
	}
	return token, nil
}
