import Admin
import LinuxIO

/// An `auth-secret-file`: shared secrets, one a line, made at the first start.
enum SecretFile {
    /// A file of 16 secrets and as many comments is far below it.
    private static let bytesMax = 1 << 16

    /// The file's text, and whether it did not exist and was made with one random secret.
    static func read(
        _ path: String, makesFile: Bool
    ) throws(StartFailure) -> (text: String, isNew: Bool) {
        let what = "auth-secret-file \(path)"
        let status = try attempt(what) { () throws(SystemError) in try File.status(path) }
        let isNew = status == nil
        if isNew {
            guard makesFile else {
                throw StartFailure(
                    "\(what) does not exist. It is made at a start only: write one, with a secret"
                        + " in each line", code: .notAccepted)
            }
            try attempt(what) { () throws(SystemError) in try make(path) }
        }
        let text = try attempt(what) { () throws(SystemError) in
            try File.readText(path, max: bytesMax)
        }
        return (text, isNew)
    }

    /// 32 random bytes in hexadecimal: the entropy of SHA-256, in characters any shell keeps.
    private static func make(_ path: String) throws(SystemError) {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try File.makeDirectory(String(path[..<slash]), mode: 0o755)
        }
        let secret = Entropy.bytes(32).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        try File.writeAtomically(path, Array((secret.joined() + "\n").utf8), mode: 0o600)
    }
}
