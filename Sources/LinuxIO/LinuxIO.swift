// LinuxIO: the only room that makes system calls.
