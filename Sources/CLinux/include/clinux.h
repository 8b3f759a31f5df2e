#ifndef TURNSTONE_CLINUX_H
#define TURNSTONE_CLINUX_H

#include "packet.h"

#endif
