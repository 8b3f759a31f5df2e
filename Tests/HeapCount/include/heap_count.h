// Counts heap calls of the calling thread, for tests that prove a path allocates nothing, and what
// it holds, for tests that prove that nothing grows.
#ifndef TURNSTONE_HEAP_COUNT_H
#define TURNSTONE_HEAP_COUNT_H

#include <stdint.h>

// Calls of malloc, calloc, realloc, aligned_alloc and posix_memalign on this thread so far;
// -1 where a sanitizer owns the allocator and nothing is counted.
int64_t heap_calls(void);

// Bytes that this thread took and nobody has given back on it; a difference of two means something
// where one thread does everything. 0 where a sanitizer owns the allocator.
int64_t heap_bytes(void);

#endif
