// Counts heap calls of the calling thread, for tests that prove a path allocates nothing.
#ifndef TURNSTONE_HEAP_COUNT_H
#define TURNSTONE_HEAP_COUNT_H

#include <stdint.h>

// Calls of malloc, calloc, realloc, aligned_alloc and posix_memalign on this thread so far;
// -1 where a sanitizer owns the allocator and nothing is counted.
int64_t heap_calls(void);

#endif
