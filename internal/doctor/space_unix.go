//go:build unix

package doctor

import "syscall"

// FreeSpace returns how many bytes an ordinary user may still write where path
// lies.
func FreeSpace(path string) (uint64, error) {
	var s syscall.Statfs_t
	err := syscall.Statfs(path, &s)
	return s.Bavail * uint64(s.Bsize), err
}
