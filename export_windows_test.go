package createprocess

var IsInheritable = isInheritable
