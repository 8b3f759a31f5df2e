/// Tokens of one user, issued at 1000 and good until 2000, and what they are checked with. The keys
/// they were signed with are gone.
enum TokenVector {
    static let secret = "an-example-secret-of-more-than-32-bytes"

    static let hs256 =
        "eyJhbGciOiJIUzI1NiIsImtpZCI6Im1haW4iLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJzaG9"
        + "wIiwiYXVkIjoidHVybnN0b25lIiwic3ViIjoiYW5uIiwiaWF0IjoxMDAwLCJleHAiOjIwM"
        + "DB9.0nc2yKFG49YIRZH85FNoEDXsBqCYhiNa3w5Ba7EcplE"

    static let edDSA =
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiSldUIn0.eyJpc3MiOiJzaG9wIi"
        + "wiYXVkIjoidHVybnN0b25lIiwic3ViIjoiYW5uIiwiaWF0IjoxMDAwLCJleHAiOjIwMDB9"
        + ".SR0ThOu51lm_1nXlgMl4nM1c1VP7vXPJXJdfEhlNZFGwjY_rP8VsvePAoCuBrIBDUle8d"
        + "FRJjx1acYnHy0p2AA"

    static let es256 =
        "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIiwidHlwIjoiSldUIn0.eyJpc3MiOiJzaG9wIi"
        + "wiYXVkIjoidHVybnN0b25lIiwic3ViIjoiYW5uIiwiaWF0IjoxMDAwLCJleHAiOjIwMDB9"
        + ".ISmUJYy96O6jCjGcTEK1Ij8fwl_po9YLzcNh0JY2DYuRACzlTHAWpd_r-AybyzLRUnOgJ"
        + "WrDevYFoZm-zR2hPQ"

    static let rs256 =
        "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzaG9wI"
        + "iwiYXVkIjoidHVybnN0b25lIiwic3ViIjoiYW5uIiwiaWF0IjoxMDAwLCJleHAiOjIwMDB"
        + "9.eOOcDpFZIelJnYHVSojfwXqMePnp-G2pVxyxyUg6hjsAruIBPLqxZUv-N2FTJ-QnunEs"
        + "S3rKcfNPFO-X1IzZRvXXnXiKjoER26AnTiDP_kJSd9LGx7nWaGBukY4SpgTxDkm7z7xT1s"
        + "7LtLOyS0wz0dDIWFriFu-dLuIdwWiM5DOude4ufZ0nR-7_mnpxa7gEMUUa9afeKTM2DMR2"
        + "NZnJ72nnFqtrpx6E6I5tRGAYu8646N6IRvdkMsH5tWRES39KSk630AdWL7H8K3oadhyJEE"
        + "1i-s1lxJ-bUqq45RJ_mz8SvYfCXd7-NVcGdD06LQNRkxocfVXwiTQj1wuS9RH_wg"

    static let edDSAKey = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAOsBas88z+N8eqEQ0uBNfH2+Ham8coMYLv8S3av+Q7Q4=
        -----END PUBLIC KEY-----
        """

    static let es256Key = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfVjKKcyiCxnrciI0ucsO8lwMuN/y
        ZZxquFroJd2MENCr/rVnHoaFwb7Dyh9rIGYnLe31nMGhjQukm6HSrPva9Q==
        -----END PUBLIC KEY-----
        """

    static let rs256Key = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0GkYajPPMGu9gWLHj8C1
        L0yVP6LXkpyTZgNkmdL8ef8YYky4hRgqo+OjrD3ZIdfiKfs+o8wzEKCGwxm99sla
        2MoRe54ebS8Zh6xpWEaXfdHxmW5b+7FQB8pwxUQ1L9creksfMKyCwkvXuZWiD0hh
        ZmJMT0Jmqy3naYtVvUO3XVCb4mrGx6axustWIfJ3FflmttTOOx94Sj1Cw4Quov36
        ehfs/Ouc31D4MNMsAnNNz/b1cu/XCTjyDHFcFFFtr3Gd43nuRMsIAophIoC3tCP/
        zId1CemouL0f4KnbCUcvKJ9p9eNigXMtljS+fIZb/G0hu9ygDzgwy+c0QFDHCnNm
        bwIDAQAB
        -----END PUBLIC KEY-----
        """
}
