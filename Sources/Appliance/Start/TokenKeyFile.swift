import Configuration
import Crypto
import LinuxIO

/// Reads the files that `token-key` lines name, and tries every key as tokens will.
enum TokenKeyFile {
    /// Why a key cannot be used; holds nothing of it.
    struct Failure: Error {
        var message: String
        /// The file is there, for other users.
        var isForbidden = false
    }

    /// An RSA key of 16,384 bits is 3 KB of PEM.
    private static let bytesMax = 1 << 14

    /// The key with its material in the place of a path.
    ///
    /// - Parameter folder: where paths begin that do not begin at the root.
    /// - Returns: also what to warn of.
    static func load(
        _ key: ServerConfiguration.TokenKey, in folder: String
    ) throws(Failure) -> (key: ServerConfiguration.TokenKey, warning: Problem?) {
        var key = key
        var warning: Problem?
        switch key.material {
        case .secretFile(let path):
            let secret = try secret(in: path, folder)
            // Those in a line were judged when it was read.
            warning = ServerConfiguration.TokenKey.problem(ofSecret: secret)
            if let problem = warning, problem.severity == .error {
                throw Failure(message: String(problem.message.dropLast()))
            }
            key.material = .secret(secret)
        case .publicKeyFile(let path):
            key.material = .publicKey(
                String(decoding: try bytes(of: path, folder), as: UTF8.self))
        case .secret, .publicKey: break
        }
        do throws(SignatureKeyFailure) {
            _ = try SignatureKey(key)
        } catch {
            throw Failure(message: "\(error)")
        }
        return (key, warning)
    }

    /// The file's text without the ends of lines behind it.
    private static func secret(in path: String, _ folder: String) throws(Failure) -> String {
        var bytes = try bytes(of: path, folder)
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") {
            bytes.removeLast()
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(
                message: "the file is not text in UTF-8; openssl rand -hex 32 makes a secret")
        }
        return text
    }

    private static func bytes(of path: String, _ folder: String) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            return try File.read(path.hasPrefix("/") ? path : folder + "/" + path, max: bytesMax)
        } catch {
            throw Failure(
                message: "the file cannot be read: \(error.errno.text)",
                isForbidden: error.errno == .accessDenied)
        }
    }
}

extension SignatureKey {
    /// A key whose files have been read.
    convenience init(_ key: ServerConfiguration.TokenKey) throws(SignatureKeyFailure) {
        switch key.material {
        case .secret(let text): try self.init(secret: Array(text.utf8))
        case .publicKey(let text):
            try self.init(pem: Array(text.utf8), for: SignatureKey.Algorithm(key.algorithm))
        case .secretFile, .publicKeyFile: throw .noKey
        }
    }
}

extension SignatureKey.Algorithm {
    fileprivate init(_ algorithm: ServerConfiguration.TokenKeyAlgorithm) {
        self =
            switch algorithm {
            case .hs256: .hs256
            case .edDSA: .edDSA
            case .es256: .es256
            case .rs256: .rs256
            }
    }
}
