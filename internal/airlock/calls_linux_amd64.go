package airlock

// System calls that package syscall does not name, on x86-64.
const (
	sysSeccomp  = 317
	sysExecveat = 322
)
