import Crypto

/// Keys and signatures of RFC 7515 §A.1 to §A.3 and RFC 8037 §A.4, the keys written as PEM, and
/// some keys that must not be taken.
struct SignatureVector: Sendable {
    var name: String
    var algorithm: SignatureKey.Algorithm
    /// PEM, or a secret in base64url.
    var key: String
    var signed: String
    var signature: String

    static let all = [hs256, rs256, es256, edDSA]

    private static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
        + "NvbS9pc19yb290Ijp0cnVlfQ"

    static let hs256 = SignatureVector(
        name: "RFC 7515 A.1", algorithm: .hs256,
        key: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcg"
            + "UuTwjAzZr1Z9CAow",
        signed: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload,
        signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")

    static let rs256 = SignatureVector(
        name: "RFC 7515 A.2", algorithm: .rs256, key: rsa,
        signed: "eyJhbGciOiJSUzI1NiJ9." + payload,
        signature: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm"
            + "4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--"
            + "f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383Lc"
            + "OLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUi"
            + "pUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")

    static let es256 = SignatureVector(
        name: "RFC 7515 A.3", algorithm: .es256, key: p256,
        signed: "eyJhbGciOiJFUzI1NiJ9." + payload,
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
            + "KTUJqPP3-Kg6NU1Q")

    /// The signature of `es256` as OpenSSL writes it, which tokens never hold.
    static let es256InDER =
        "MEUCIA7RIVN5Y2xIPC9_FVgH1AKjsigDOvl8fheBmsMWnqZlAiEAxQoH04w8cOXY8S2vCE"
        + "pUgKZlkMXyk1Cajz9_ioOjVNU"

    static let edDSA = SignatureVector(
        name: "RFC 8037 A.4", algorithm: .edDSA, key: ed25519,
        signed: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9"
            + "g7sVvpAr_MuM0KAg")

    static let rsa = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
        NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
        P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
        9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
        EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
        FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
        oQIDAQAB
        -----END PUBLIC KEY-----
        """

    static let p256 = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
        6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
        -----END PUBLIC KEY-----
        """

    static let ed25519 = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
        -----END PUBLIC KEY-----
        """

    static let p384 = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEnRFYEon5/PiIQpTtbnUT5Asg6WzNVTJS
        Im0shgs9XCTHVLlTGGX/krkpSsioiMJLbERpWTOBpGhbr/5q/UzvBUfTrvhUblUA
        hapZvwGnwDEe6lTNwuTwiJ8jE4OQL76k
        -----END PUBLIC KEY-----
        """

    static let smallRSA = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDtMLpAtZohyeM3OcQImagxiKCx
        Gl7yLdhvzfmwmSBbvPoc2vXc6dMpQiy/oO7MvaTHiWd3BlD+09wrq9tUoq9yonQh
        U+aH4YKb1l61Ss/C2kyWvLmRQvn37qIthVWGAeRuuOKlO5NmDdJHbLbyVzKDkVGF
        O3//aVLivPlxWG0q9QIDAQAB
        -----END PUBLIC KEY-----
        """

    static let pkcs1RSA = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0l8W2
        6mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMs
        D1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5
        z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv
        b3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8q2et
        hFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQAB
        -----END RSA PUBLIC KEY-----
        """

    static let privateP256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAMDmhRANCAAQm7869DunjSmaRh+GLOpEisvczlFtk
        nMn5+SHp+drYEpAji96cx7szDRUMZ3BN0lrnBVIFdEtvMb9AcHRYctDm
        -----END PRIVATE KEY-----
        """

    static let koblitz = """
        -----BEGIN PUBLIC KEY-----
        MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEuQo0QSXktFwnLw3wa+aKfxWwConm20KF
        +rOcQA/upvz32O/llU2sBXuZzM+udrV9ERcc7Sf1OZvdaQE2gHkmxg==
        -----END PUBLIC KEY-----
        """
}
