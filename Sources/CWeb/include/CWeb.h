#pragma once

// The files of Sources/Web, as they are, inside the program.

struct ts_web_file {
    // From Sources/Web on, with a slash in front.
    const char *path;
    const unsigned char *bytes;
    unsigned long count;
};

// The files in turn; without a path behind the last one.
struct ts_web_file ts_web_file_at(unsigned long index);
