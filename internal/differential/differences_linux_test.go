package differential

// absent stands for an observation that is not made: there is nothing to observe.
const absent = "—"

// A difference is one that is meant, or Wine 8's own. The label may have one
// "*", and so may Wine's answer.
type difference struct{ program, label, wine, linux, reason string }

var differences = []difference{}
