package airlock

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// confine takes from this process what reading a table does not need: memory
// beyond twice the watched limit, cores, new programs, and every kind of
// connection.
func confine() error {
	memory := uint64(1 << 30)
	if n, err := strconv.ParseUint(os.Getenv("GOMEMLIMIT"), 10, 64); err == nil {
		memory = n * 8 / 3
	}
	for resource, most := range map[int]uint64{syscall.RLIMIT_DATA: memory, syscall.RLIMIT_CORE: 0, syscall.RLIMIT_NOFILE: 64, syscall.RLIMIT_FSIZE: 2 << 30} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limit %d: %w", resource, err)
		}
	}
	return forbid(syscall.SYS_SOCKET, syscall.SYS_SOCKETPAIR, syscall.SYS_CONNECT, syscall.SYS_EXECVE, sysExecveat, syscall.SYS_PTRACE)
}

// sockFilter and sockFprog are the kernel's struct sock_filter and sock_fprog.
type sockFilter struct {
	code   uint16
	jt, jf uint8 // jf stays 0: on to the next
	k      uint32
}

type sockFprog struct {
	n      uint16
	filter *sockFilter
}

// Numbers of linux/prctl.h, linux/seccomp.h and linux/bpf_common.h.
const (
	setNoNewPrivs = 38
	modeFilter    = 1
	flagTsync     = 1
	loadWord      = 0x20
	jumpEqual     = 0x15
	give          = 0x06
	allow         = 0x7fff0000
	refuse        = 0x00050000 | uint32(syscall.EPERM)
)

// forbid makes system calls fail for every thread of this process, for ever. A
// kernel without filters is no reason to stop: the other limits hold.
func forbid(calls ...uintptr) error {
	program := []sockFilter{{code: loadWord}} // the number of the call
	for i, c := range calls {
		program = append(program, sockFilter{code: jumpEqual, jt: uint8(len(calls) - i), jf: 0, k: uint32(c)})
	}
	program = append(program, sockFilter{code: give, k: allow}, sockFilter{code: give, k: refuse})
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); e != 0 {
		return fmt.Errorf("no new privileges: %w", e)
	}
	p := sockFprog{n: uint16(len(program)), filter: &program[0]}
	_, _, e := syscall.RawSyscall(sysSeccomp, modeFilter, flagTsync, uintptr(unsafe.Pointer(&p)))
	if e != 0 && e != syscall.ENOSYS && e != syscall.EINVAL {
		return fmt.Errorf("forbid calls: %w", e)
	}
	return nil
}

// resident returns the bytes of memory that a process uses; 0 if it has ended.
func resident(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := strings.Fields(string(b))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64) // the kernel writes digits
	return pages * int64(os.Getpagesize())
}
