package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A socket that somebody else holds outlives the program: who asks while the
// program is started anew waits, and is answered.
func TestSocketIsHandedOver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	path, err := exec.LookPath("suiji")
	if err != nil {
		t.Fatal(err)
	}
	serve := func(fds string) (*exec.Cmd, *lockedBuffer) {
		t.Helper()
		said := &lockedBuffer{}
		c := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=`+fds+` exec "$0" serve`, path)
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "SUIJI_DATA=" + t.TempDir(), "SUIJI_LISTEN=127.0.0.1:1"}
		c.ExtraFiles, c.Stdout, c.Stderr = []*os.File{socket}, said, said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c, said
	}
	answered := make(chan error, 1)
	ask := func() {
		client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get("http://" + l.Addr().String() + "/healthz")
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		answered <- err
	}
	for range 2 { // the second one finds who asked when there was none
		go ask()
		time.Sleep(50 * time.Millisecond) // it is in the queue
		c, said := serve("1")
		err := <-answered
		if err := errors.Join(err, c.Process.Signal(os.Interrupt), c.Wait()); err != nil || !strings.Contains(said.String(), "http://"+l.Addr().String()) {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	c, said := serve("2")
	if err := c.Wait(); err == nil || !strings.Contains(said.String(), "应当只有一个") {
		t.Errorf("two sockets: %v\n%s", err, said)
	}
}
