#include "tls_internal.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <string.h>

// A new buffer begins with room for a full record with its header and its tag.
static const size_t first_capacity = 17 * 1024;

// UDP payload that every path carries: the smallest IPv6 packet (RFC 8200 §5) less its headers,
// rounded down as QUIC does (RFC 9000 §14).
static const long datagram_size = 1200;

static bool grow(void **memory, size_t *capacity, size_t wanted, size_t first, size_t size) {
    if (wanted <= *capacity) return true;
    size_t larger = *capacity > 0 ? *capacity : first;
    while (larger < wanted) larger *= 2;
    void *moved = OPENSSL_realloc(*memory, larger * size);
    if (moved == NULL) return false;
    *memory = moved;
    *capacity = larger;
    return true;
}

static bool append(ts_tls_wire *wire, const char *bytes, size_t length) {
    if (!grow(
            (void **)&wire->output, &wire->output_capacity, wire->output_length + length,
            first_capacity, 1))
        return false;
    if (wire->is_datagram) {
        if (!grow(
                (void **)&wire->output_ends, &wire->output_end_capacity,
                wire->output_end_count + 1, 64, sizeof(uint32_t)))
            return false;
        wire->output_ends[wire->output_end_count++] = (uint32_t)(wire->output_length + length);
    }
    memcpy(wire->output + wire->output_length, bytes, length);
    wire->output_length += length;
    return true;
}

static int wire_write(BIO *bio, const char *bytes, int length) {
    ts_tls_wire *wire = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (length <= 0) return 0;
    if (append(wire, bytes, (size_t)length)) return length;
    wire->is_torn = true;
    return -1;
}

static int wire_read(BIO *bio, char *bytes, int length) {
    ts_tls_wire *wire = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (wire->input_length == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t count = wire->input_length < (size_t)length ? wire->input_length : (size_t)length;
    memcpy(bytes, wire->input, count);
    // What does not fit of a datagram is lost, as with a socket.
    size_t taken = wire->is_datagram ? wire->input_length : count;
    wire->input += taken;
    wire->input_length -= taken;
    return (int)count;
}

static long wire_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return datagram_size;
    default: return 0;
    }
}

static BIO_METHOD *wire_method;
static CRYPTO_ONCE wire_method_once = CRYPTO_ONCE_STATIC_INIT;

static void make_wire_method(void) {
    wire_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "turnstone wire");
    if (wire_method == NULL) return;
    BIO_meth_set_write(wire_method, wire_write);
    BIO_meth_set_read(wire_method, wire_read);
    BIO_meth_set_ctrl(wire_method, wire_control);
}

ts_tls_wire *ts_tls_wire_new(void) {
    if (!CRYPTO_THREAD_run_once(&wire_method_once, make_wire_method)) return NULL;
    if (wire_method == NULL) return NULL;
    ts_tls_wire *wire = OPENSSL_zalloc(sizeof *wire);
    if (wire == NULL) return NULL;
    wire->bio = BIO_new(wire_method);
    if (wire->bio == NULL) {
        OPENSSL_free(wire);
        return NULL;
    }
    BIO_set_data(wire->bio, wire);
    BIO_set_init(wire->bio, 1);
    return wire;
}

void ts_tls_wire_free(ts_tls_wire *wire) {
    if (wire == NULL) return;
    BIO_free(wire->bio);
    OPENSSL_free(wire->output);
    OPENSSL_free(wire->output_ends);
    OPENSSL_free(wire);
}

void ts_tls_wire_clear(ts_tls_wire *wire, size_t keep) {
    wire->output_length = 0;
    wire->output_end_count = 0;
    wire->is_torn = false;
    if (wire->output_capacity <= keep) return;
    OPENSSL_free(wire->output);
    wire->output = NULL;
    wire->output_capacity = 0;
}

void ts_tls_attach(SSL *tls, ts_tls_wire *wire) {
    wire->is_datagram = SSL_is_dtls(tls);
    wire->plain_end_count = 0;
    BIO_up_ref(wire->bio);
    BIO_up_ref(wire->bio);
    SSL_set0_rbio(tls, wire->bio);
    SSL_set0_wbio(tls, wire->bio);
    // DTLS writes into buffers that it takes for granted.
    if (wire->is_datagram && SSL_alloc_buffers(tls) != 1) wire->is_torn = true;
}

void ts_tls_detach(SSL *tls, ts_tls_wire *wire) {
    SSL_set0_rbio(tls, NULL);
    SSL_set0_wbio(tls, NULL);
    wire->input = NULL;
    wire->input_length = 0;
    // A stream's buffers go back by SSL_MODE_RELEASE_BUFFERS; DTLS has no such rule. In a handshake
    // they may hold records that wait for their turn.
    if (wire->is_datagram && SSL_is_init_finished(tls)) SSL_free_buffers(tls);
}
