//go:build linux && (arm64 || loong64 || riscv64)

package airlock

// System calls that package syscall does not name, on the newer machines.
const (
	sysSeccomp  = 277
	sysExecveat = 281
)
