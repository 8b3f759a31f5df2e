#ifndef TURNSTONE_COPENSSL_H
#define TURNSTONE_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/evp.h>

#endif
