module github.com/seed-f798aa80/createprocess

go 1.26.0

require golang.org/x/sys v0.49.0 // indirect
