// The compiler's runtime brings the function; a target needs a source file.
#include "fuzzer.h"
