// Shared between the files of this shim only.
#ifndef TURNSTONE_TLS_INTERNAL_H
#define TURNSTONE_TLS_INTERNAL_H

#include "ts_tls.h"

#include <openssl/ssl.h>

// Lends the wire to a session and takes it back: sessions keep no BIO of their own.
void ts_tls_attach(SSL *tls, ts_tls_wire *wire);
void ts_tls_detach(SSL *tls, ts_tls_wire *wire);

// Session tickets with the keys of the process.
void ts_tls_use_tickets(SSL_CTX *context);

#endif
