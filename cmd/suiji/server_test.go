package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// server is a running “suiji serve” in a process of its own.
type server struct {
	address string
	cmd     *exec.Cmd
	log     *lockedBuffer
	ended   chan struct{} // closed when the process has ended
	err     error         // how it ended
}

// lockedBuffer is what a process says, for others to read meanwhile.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes what the process says.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String is all that was said so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// startServer serves on a free port and returns when it answers. env is the
// whole environment; args go to “suiji serve”.
func startServer(env []string, dir string, args ...string) (*server, error) {
	path, err := exec.LookPath("suiji")
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), log: &lockedBuffer{}, ended: make(chan struct{})}
	s.cmd.Env, s.cmd.Dir, s.cmd.Stderr = env, dir, s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line := make(chan string, 1)
	go func() {
		r := bufio.NewReader(out)
		first, _ := r.ReadString('\n') // empty if the process dies first
		line <- strings.TrimSpace(first)
		rest, _ := io.ReadAll(r)
		if len(rest) > 0 {
			fmt.Fprintf(s.log, "more than one line on standard output: %q level=ERROR\n", rest)
		}
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	select {
	case s.address = <-line:
	case <-time.After(patience):
		s.cmd.Process.Kill() // it does not answer; what it said is told below
	}
	if _, at, _ := strings.Cut(s.address, "://"); !strings.HasPrefix(at, "127.0.0.1:") {
		<-s.ended
		return nil, fmt.Errorf("suiji serve printed %q, want its address; it said:\n%s", s.address, s.log)
	}
	return s, nil
}

// stop ends the server as an administrator does and waits for it. It must end
// well, and must have logged no error.
func (s *server) stop() error {
	select {
	case <-s.ended:
		return fmt.Errorf("suiji serve had ended before: %v\n%s", s.err, s.log)
	default:
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.cmd.Process.Kill() // told below
		<-s.ended
		return fmt.Errorf("suiji serve did not end when interrupted\n%s", s.log)
	}
	if s.err != nil {
		return fmt.Errorf("suiji serve: %w\n%s", s.err, s.log)
	}
	if strings.Contains(s.log.String(), `"level":"ERROR"`) {
		return fmt.Errorf("suiji serve logged errors:\n%s", s.log)
	}
	return nil
}

// abort makes sure that the process is gone, however the test went.
func (s *server) abort() {
	select {
	case <-s.ended:
	default:
		s.cmd.Process.Kill() // it may have ended meanwhile
		<-s.ended
	}
}
