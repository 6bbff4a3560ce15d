package job

import (
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The messages of all jobs come through one completion port, which one goroutine
// reads as long as somebody listens. A job has one port at a time: while one
// handle listens, another one to the same job cannot.

// listener is what a handle has to do with that; nobody listens to its zero value.
type listener struct {
	key         uintptr // the job's, among the port's; 0: the job does not send to the port
	subscribers []chan Notification
}

var port struct {
	mu      sync.Mutex
	handle  windows.Handle // 0: nobody has listened yet
	lastKey uintptr
	heard   map[uintptr]*listener // those with subscribers
	read    bool                  // there is a reader
}

func (o *object) notify(op string) (<-chan Notification, func(), error) {
	port.mu.Lock()
	defer port.mu.Unlock()
	if err := preparePort(); err != nil {
		return nil, nil, systemError("CreateIoCompletionPort", o.name, err)
	}
	l := &o.listener
	if l.key == 0 {
		key := port.lastKey + 1
		a := associateCompletionPort{key, uintptr(port.handle)}
		if err := set(o.handle, windows.JobObjectAssociateCompletionPortInformation, &a); err != nil {
			return nil, nil, systemError(op, o.name, err)
		}
		port.lastKey, l.key = key, key
	}
	ch := make(chan Notification, notificationRoom)
	l.subscribers = append(l.subscribers, ch)
	port.heard[l.key] = l
	if !port.read {
		port.read = true
		go readPort(port.handle)
	}
	return ch, sync.OnceFunc(func() { o.unsubscribe(ch) }), nil
}

// preparePort is called with the lock held.
func preparePort() error {
	if port.handle == 0 {
		h, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, 1)
		if err != nil {
			return err
		}
		port.handle, port.heard = h, make(map[uintptr]*listener)
	}
	if !port.read {
		// What has come since somebody listened last is nobody's.
		for _, _, err := nextMessage(port.handle, 0); err == nil; {
			_, _, err = nextMessage(port.handle, 0)
		}
	}
	return nil
}

// nextMessage takes the process's number as the number that it is, which must
// not be in a pointer of Go's.
func nextMessage(port windows.Handle, timeout uint32) (key uintptr, n Notification, err error) {
	var pid uintptr
	ok, _, err := getQueuedCompletionStatus.Call(uintptr(port), uintptr(unsafe.Pointer(&n.Message)),
		uintptr(unsafe.Pointer(&key)), uintptr(unsafe.Pointer(&pid)), uintptr(timeout))
	if ok == 0 {
		return 0, n, err
	}
	n.ProcessID = int(pid)
	return key, n, nil
}

func readPort(handle windows.Handle) {
	for {
		key, n, err := nextMessage(handle, windows.INFINITE)
		if !dispatch(key, n, err) {
			return
		}
	}
}

// dispatch tells whether the reader is to go on.
func dispatch(key uintptr, n Notification, err error) bool {
	port.mu.Lock()
	defer port.mu.Unlock()
	if l := port.heard[key]; l != nil && err == nil {
		for _, ch := range l.subscribers {
			select {
			case ch <- n:
			default:
			}
		}
	}
	port.read = len(port.heard) > 0 && err == nil
	return port.read
}

func (o *object) unsubscribe(ch chan Notification) {
	port.mu.Lock()
	defer port.mu.Unlock()
	l := &o.listener
	l.subscribers = slices.DeleteFunc(l.subscribers, func(c chan Notification) bool { return c == ch })
	close(ch)
	if len(l.subscribers) > 0 {
		return
	}
	delete(port.heard, l.key)
	if len(port.heard) == 0 {
		windows.PostQueuedCompletionStatus(port.handle, 0, 0, nil) // for the reader to look
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	// From Windows 8 on a job can be told to send no more. Wine 8 refuses that;
	// what is sent there is thrown away when somebody listens again.
	if o.handle != 0 && set(o.handle, windows.JobObjectAssociateCompletionPortInformation, &associateCompletionPort{}) == nil {
		l.key = 0
	}
}
