#include "ts_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

static bool add_extension(X509 *certificate, int kind, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    if (extension == NULL) return false;
    bool good = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

// Built from values: a name in the text form of an extension could bring others along.
static GENERAL_NAME *alternative_name(const char *text) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    if (name != NULL && address != NULL) {
        GENERAL_NAME_set0_value(name, GEN_IPADD, address);
        return name;
    }
    ASN1_IA5STRING *host = ASN1_IA5STRING_new();
    if (name != NULL && host != NULL && ASN1_STRING_set(host, text, (int)strlen(text)) == 1) {
        GENERAL_NAME_set0_value(name, GEN_DNS, host);
        return name;
    }
    ASN1_OCTET_STRING_free(address);
    ASN1_IA5STRING_free(host);
    GENERAL_NAME_free(name);
    return NULL;
}

static bool add_names(X509 *certificate, const char *const *names, size_t count) {
    if (count == 0) return true;
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    bool good = list != NULL;
    for (size_t i = 0; i < count && good; i++) {
        GENERAL_NAME *name = alternative_name(names[i]);
        good = name != NULL && sk_GENERAL_NAME_push(list, name) > 0;
        if (!good) GENERAL_NAME_free(name);
    }
    good = good
        && X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(list);
    return good;
}

static bool set_serial(X509 *certificate) {
    uint64_t serial = 0;
    // RFC 5280 §4.1.2.2: positive.
    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1
        && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

static bool set_subject(X509 *certificate) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    static const unsigned char house[] = "Turnstone, self-signed";
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, house, -1, -1, 0) == 1
        && X509_set_issuer_name(certificate, subject) == 1;
}

static bool fill(
    X509 *certificate, EVP_PKEY *key, const char *const *names, size_t name_count,
    int64_t not_before, int64_t not_after) {
    return X509_set_version(certificate, X509_VERSION_3) == 1
        && set_serial(certificate) && set_subject(certificate)
        && ASN1_TIME_set(X509_getm_notBefore(certificate), not_before) != NULL
        && ASN1_TIME_set(X509_getm_notAfter(certificate), not_after) != NULL
        && X509_set_pubkey(certificate, key) == 1
        && add_names(certificate, names, name_count)
        && add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE")
        && add_extension(certificate, NID_key_usage, "critical,digitalSignature")
        && add_extension(certificate, NID_ext_key_usage, "serverAuth")
        && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static void give(BIO *text, ts_text_receiver receive, void *argument) {
    char *bytes = NULL;
    long length = BIO_get_mem_data(text, &bytes);
    receive((const uint8_t *)bytes, (size_t)length, argument);
}

bool ts_self_signed(
    const char *const *names, size_t name_count, int64_t not_before, int64_t not_after,
    ts_text_receiver receive, void *argument) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *certificate_text = BIO_new(BIO_s_mem());
    BIO *key_text = BIO_new(BIO_s_secmem());
    bool good = key != NULL && certificate != NULL && certificate_text != NULL && key_text != NULL
        && fill(certificate, key, names, name_count, not_before, not_after)
        && PEM_write_bio_X509(certificate_text, certificate) == 1
        && PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (good) {
        give(certificate_text, receive, argument);
        give(key_text, receive, argument);
    }
    BIO_free(key_text);
    BIO_free(certificate_text);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return good;
}
