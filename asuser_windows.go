package createprocess

import "github.com/seed-f798aa80/createprocess/token"

func (p *Params) createAsUser(*token.Token) (*ProcessInformation, error) {
	return nil, unsupported("CreateProcessAsUser", "token")
}
