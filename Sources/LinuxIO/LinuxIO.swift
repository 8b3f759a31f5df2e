// LinuxIO: the only room that makes system calls. File descriptors, UDP sockets and batches, TCP
// sockets, the epoll loop, clocks and entropy, unix sockets, interfaces, privileges, files and
// changes of them.
//
// What it never does: look into a packet, decide anything a protocol decides, or keep state that
// outlives a descriptor. Errors are typed: `SystemError` says which call failed and why. A call
// that would block is a value, an interrupted call is repeated, and EBADF or EFAULT end the
// process, since only a mistake in this program can cause them.
//
// The calls themselves sit in CLinux, which returns negative error numbers: no reference counting
// can slip between a call and the reading of errno, and the packet path is a flat loop in C.
