import Admin
import Appliance
import Configuration
import LinuxIO

/// `turnstone migrate`: reads what coturn has, writes one file, and says what becomes of each line.
struct MigrateCommand {
    private let order: MigrationOrder

    init(_ order: MigrationOrder) { self.order = order }

    /// Why nothing, or no more, was done.
    private struct Refusal: Error {
        var text: String
        var code = ExitCode.failure
    }

    /// Returns the exit code of the process.
    func run() -> Int32 {
        do throws(Refusal) {
            return try migrate()
        } catch {
            StandardStream.error.write("turnstone: \(error.text)\n")
            return error.code.rawValue
        }
    }

    private func migrate() throws(Refusal) -> Int32 {
        let source = try findSource()
        let old = try read(source, max: Configuration.Bounds.fileBytes)
        let database = try readDatabase(named: Migration.databasePath(in: old))
        let migration = Migration(old, from: source, database: database)
        let target = order.target ?? Self.targetDefault
        try refuseToOverwrite(target)
        say("Read \(source).")
        for note in migration.notes { say("  " + note) }
        guard migration.bytes.count <= Configuration.Bounds.fileBytes else {
            throw Refusal(text: "the new file would be too large")
        }
        let report = ConfigurationCheck.report(on: migration.bytes, path: target)
        say("\n" + report.text)
        if order.isDryRun {
            say("Nothing was written. Without --dry-run this would be \(target).")
            return report.exitStatus()
        }
        try write(migration.bytes, to: target)
        guard report.starts else {
            throw Refusal(
                text: "the daemon does not start with \(target) until the errors above are mended;"
                    + " coturn is as it was", code: .notAccepted)
        }
        try leaveCoturn()
        return ExitCode.success.rawValue
    }

    private static let targetDefault = "/etc/turnstone/turnstone.conf"
    /// The package's own copy, by which an untouched sample is told.
    private static let sample = "/usr/share/turnstone/turnstone.conf"

    private func say(_ text: String) { StandardStream.output.write(text + "\n") }
}

// MARK: - reading

extension MigrateCommand {
    private func findSource() throws(Refusal) -> String {
        if let source = order.source { return try absolute(source) }
        let places = Configuration.searchPaths.filter {
            $0.hasPrefix("/") && $0.hasSuffix("/turnserver.conf")
        }
        guard let found = places.first(where: exists) else {
            throw Refusal(
                text:
                    "coturn has no file at \(places.joined(separator: ", ")); name it with --from",
                code: .notAccepted)
        }
        return found
    }

    /// Nil where there is none, which is no mistake unless one was named.
    private func readDatabase(named inFile: String?) throws(Refusal) -> CoturnDatabase? {
        let named = order.database ?? inFile
        guard let path = named ?? Migration.databasePaths.first(where: exists) else { return nil }
        if order.database == nil, !exists(path) {
            say("There is no \(path), which the file names; no database was read.")
            return nil
        }
        let bytes = try read(path, max: SQLiteFile.bytesMax)
        // coturn was in the middle of a change, or died in one.
        if let journal = try? File.status(path + "-journal"), journal.size > 0 {
            throw Refusal(text: "\(path) is being changed; stop coturn first")
        }
        do throws(SQLiteFailure) {
            let database = try CoturnDatabase(SQLiteFile(bytes))
            say("Read \(path): \(database.summary).")
            return database
        } catch {
            throw Refusal(text: "\(path) cannot be read: \(error.reason)", code: .notAccepted)
        }
    }

    private func read(_ path: String, max: Int) throws(Refusal) -> [UInt8] {
        do throws(SystemError) {
            return try File.read(path, max: max)
        } catch {
            let advice = error.errno == .accessDenied ? "; run this as root" : ""
            throw Refusal(text: "\(path) cannot be read: \(error.errno.text)\(advice)")
        }
    }

    private func exists(_ path: String) -> Bool {
        ((try? File.status(path)) ?? nil)?.isRegular == true
    }

    private func absolute(_ path: String) throws(Refusal) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let folder = try? File.linkTarget("/proc/self/cwd") else {
            throw Refusal(text: "name \(path) from the root on")
        }
        return folder + "/" + path
    }
}

// MARK: - writing

extension MigrateCommand {
    private func refuseToOverwrite(_ target: String) throws(Refusal) {
        guard !order.isForced, exists(target), !isSample(target) else { return }
        throw Refusal(
            text: "\(target) is there already; with --force it is replaced, and kept as"
                + " \(target).old")
    }

    private func isSample(_ path: String) -> Bool {
        let max = Configuration.Bounds.fileBytes
        guard let sample = try? File.read(Self.sample, max: max) else { return false }
        return (try? File.read(path, max: max)) == sample
    }

    private func write(_ bytes: [UInt8], to target: String) throws(Refusal) {
        do throws(SystemError) {
            if let slash = target.lastIndex(of: "/"), slash != target.startIndex {
                try File.makeDirectory(String(target[..<slash]), mode: 0o755)
            }
            if exists(target), !isSample(target) { try File.rename(target, to: target + ".old") }
            // For the service's group alone: it holds secrets.
            let group = Process.user == 0 ? try Accounts.group(named: "turnstone") : nil
            try File.writeAtomically(target, bytes, mode: group == nil ? 0o600 : 0o640)
            if let group { try File.changeOwner(target, user: 0, group: group) }
        } catch {
            throw Refusal(text: "\(target) cannot be written: \(error)")
        }
        say("Wrote \(target).")
    }

    private func leaveCoturn() throws(Refusal) {
        let units = ["/usr/lib/systemd/system/", "/lib/systemd/system/", "/etc/systemd/system/"]
        let isService = units.contains { exists($0 + "coturn.service") }
        guard order.disablesCoturn else {
            if isService {
                say("coturn is as it was. When you are ready: systemctl disable --now coturn")
            }
            say("Then start this one: systemctl enable --now turnstone")
            return
        }
        guard isService else {
            say("There is no service of coturn to disable.")
            return
        }
        let words = ["systemctl", "disable", "--now", "coturn.service"]
        let code: Int32
        do throws(SystemError) {
            code = try Process.run(words)
        } catch {
            throw Refusal(text: "\(words.joined(separator: " ")): \(error.errno.text)")
        }
        guard code == 0 else {
            throw Refusal(text: "\(words.joined(separator: " ")) failed with \(code)")
        }
        say("coturn is stopped and does not start at boot.")
        say("Start this one: systemctl enable --now turnstone")
    }
}
