package createprocess_test

var childRoles map[string]func(args []string) int
