// RFC 6347 §4.2.1: a client proves with a cookie that it receives at the address it sends from,
// before anything is kept for it.
#include "tls_internal.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

static int give_cookie(SSL *tls, unsigned char *cookie, unsigned *length) {
    const uint8_t *cookies = SSL_get_app_data(tls);
    if (cookies == NULL) return 0;
    memcpy(cookie, cookies, TS_DTLS_COOKIE_LENGTH);
    *length = TS_DTLS_COOKIE_LENGTH;
    return 1;
}

static int check_cookie(SSL *tls, const unsigned char *cookie, unsigned length) {
    const uint8_t *cookies = SSL_get_app_data(tls);
    // The handshake shows the ClientHello again that `ts_dtls_listen` has judged.
    if (cookies == NULL) return 1;
    if (length != TS_DTLS_COOKIE_LENGTH) return 0;
    int newest = CRYPTO_memcmp(cookie, cookies, TS_DTLS_COOKIE_LENGTH);
    int older = CRYPTO_memcmp(cookie, cookies + TS_DTLS_COOKIE_LENGTH, TS_DTLS_COOKIE_LENGTH);
    return newest == 0 || older == 0;
}

void ts_dtls_use_cookies(ts_tls_context *context) {
    SSL_CTX_set_cookie_generate_cb(context, give_cookie);
    SSL_CTX_set_cookie_verify_cb(context, check_cookie);
}

bool ts_dtls_listen(ts_tls *tls, ts_tls_wire *wire, const uint8_t *cookies) {
    BIO_ADDR *nobody = BIO_ADDR_new();
    if (nobody == NULL) return false;
    if (ERR_peek_error() != 0) ERR_clear_error();
    SSL_set_app_data(tls, (void *)cookies);
    ts_tls_attach(tls, wire);
    int result = DTLSv1_listen(tls, nobody);
    ts_tls_detach(tls, wire);
    SSL_set_app_data(tls, NULL);
    BIO_ADDR_free(nobody);
    ERR_clear_error();
    return result == 1 && !wire->is_torn;
}

bool ts_dtls_timeout(ts_tls *tls, int64_t *microseconds) {
    struct timeval left;
    if (DTLSv1_get_timeout(tls, &left) != 1) return false;
    *microseconds = (int64_t)left.tv_sec * 1000000 + left.tv_usec;
    return true;
}

bool ts_dtls_handle_timeout(ts_tls *tls, ts_tls_wire *wire) {
    if (ERR_peek_error() != 0) ERR_clear_error();
    ts_tls_attach(tls, wire);
    int result = DTLSv1_handle_timeout(tls);
    ts_tls_detach(tls, wire);
    return result >= 0 && !wire->is_torn;
}

bool ts_secret_bytes(uint8_t *bytes, size_t length) {
    return RAND_priv_bytes(bytes, (int)length) == 1;
}
