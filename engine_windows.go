package createprocess

import (
	"slices"

	"github.com/seed-f798aa80/createprocess/internal/engine"
	"golang.org/x/sys/windows"
)

func init() {
	engine.Create = func(params any, raw engine.Raw) (any, error) {
		p := params.(*Params)
		if err := p.check(); err != nil {
			return nil, err
		}
		call := systemCreate(windows.CreateProcess)
		if raw.Token != 0 {
			call = asUser(raw.Token)
		}
		return p.createBy(call, raw)
	}
}

// addRaw is for the handles that the child gets by their own values.
func (in *inheritance) addRaw(handles []windows.Handle) {
	for _, h := range handles {
		// One that is 0 would make the whole list an empty one to the system.
		if h != 0 && !slices.Contains(in.list, h) {
			in.list = append(in.list, h)
		}
	}
}
