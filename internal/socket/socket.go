// Package socket is where the program answers: on an address that it opens
// itself, or on a socket that systemd holds for it. Whoever connects while the
// program is started anew waits in the socket that stays.
package socket

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"suiji/internal/errs"
)

// handed is the descriptor of the first socket that is handed over
// (sd_listen_fds(3)).
const handed = 3

// Listen returns the socket that getenv says was handed to this process, or
// opens address. Errors: Invalid if more than one was handed over.
func Listen(address string, getenv func(string) string) (net.Listener, error) {
	if getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", address, err)
		}
		return l, nil
	}
	if n := getenv("LISTEN_FDS"); n != "1" {
		return nil, errs.E(errs.Invalid, "systemd 交来 "+n+" 个套接字，应当只有一个，没有启动。请检查 suiji.socket 里的 ListenStream")
	}
	f := os.NewFile(handed, "suiji.socket")
	defer f.Close() // the listener has its own
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("the socket that was handed over: %w", err)
	}
	return l, nil
}
