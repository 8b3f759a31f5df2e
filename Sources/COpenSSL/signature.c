#include "ts_signature.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

// Ed25519 (RFC 8032 §5.1.6) and the two numbers of P-256.
enum { SIGNATURE_SIZE = 64, NUMBER_SIZE = 32 };

static bool is_sound(EVP_PKEY *key) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good = context != NULL && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

ts_key *ts_public_key_read(const uint8_t *pem, size_t length) {
    BIO *text = BIO_new_mem_buf(pem, (int)length);
    EVP_PKEY *key = text != NULL ? PEM_read_bio_PUBKEY(text, NULL, NULL, NULL) : NULL;
    BIO_free(text);
    if (key != NULL && !is_sound(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

const char *ts_public_key_name(const ts_key *key, char *space, size_t size) {
    size_t length = 0;
    if (EVP_PKEY_get_group_name((EVP_PKEY *)key, space, size, &length) == 1) return space;
    ERR_clear_error();
    const char *name = EVP_PKEY_get0_type_name(key);
    return name != NULL ? name : "unknown";
}

int ts_public_key_kind(const ts_key *key) {
    char curve[64];
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return TS_PUBLIC_KEY_ED25519;
    case EVP_PKEY_RSA: return TS_PUBLIC_KEY_RSA;
    case EVP_PKEY_EC:
        return strcmp(ts_public_key_name(key, curve, sizeof curve), SN_X9_62_prime256v1) == 0
            ? TS_PUBLIC_KEY_P256
            : TS_PUBLIC_KEY_OTHER;
    default: return TS_PUBLIC_KEY_OTHER;
    }
}

static bool verify(
    const ts_key *key, const EVP_MD *digest, const uint8_t *signature, size_t signature_length,
    const uint8_t *text, size_t text_length) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL
        && EVP_DigestVerifyInit(context, NULL, digest, NULL, (EVP_PKEY *)key) == 1
        && EVP_DigestVerify(context, signature, signature_length, text, text_length) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

// OpenSSL takes the two numbers in DER only.
static bool verify_p256(
    const ts_key *key, const uint8_t *numbers, const uint8_t *text, size_t text_length) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(numbers, NUMBER_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(numbers + NUMBER_SIZE, NUMBER_SIZE, NULL);
    unsigned char *encoded = NULL;
    int length = 0;
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        length = i2d_ECDSA_SIG(pair, &encoded);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    bool good = length > 0
        && verify(key, EVP_sha256(), encoded, (size_t)length, text, text_length);
    OPENSSL_free(encoded);
    return good;
}

bool ts_signature_is_valid(
    const ts_key *key, const uint8_t *signature, size_t signature_length, const uint8_t *text,
    size_t text_length) {
    switch (ts_public_key_kind(key)) {
    case TS_PUBLIC_KEY_ED25519:
        return signature_length == SIGNATURE_SIZE
            && verify(key, NULL, signature, signature_length, text, text_length);
    case TS_PUBLIC_KEY_P256:
        return signature_length == SIGNATURE_SIZE
            && verify_p256(key, signature, text, text_length);
    case TS_PUBLIC_KEY_RSA:
        return verify(key, EVP_sha256(), signature, signature_length, text, text_length);
    default: return false;
    }
}
