import JSON
import Primitives

/// Reads what `nft -j list ruleset` prints (libnftables-json(5)).
///
/// A statement or an expression that is not known makes its rule unclear, never wrong.
struct NftablesReader {
    private(set) var ruleset = FirewallRuleset()
    /// Tables of iptables' own, which `iptables-save` shows more fully: `ip filter`.
    private let foreign: Set<String>
    /// Elements of named sets, by `family table name`.
    private var sets: [String: [JSONValue]] = [:]

    /// Sets of whole countries have 100,000 elements, each a value with two below it.
    private static let limits = JSONLimits(depthMax: 32, valuesMax: 2_000_000)

    init(_ bytes: [UInt8], leaving foreign: Set<String> = []) throws(JSONFailure) {
        self.foreign = foreign
        let text = try JSONValue.parse(bytes.span, limits: Self.limits)
        let entries = text["nftables"]?.array ?? []
        for entry in entries {
            if let table = entry["table"] { add(table: table) }
            if let set = entry["set"] ?? entry["map"], let key = key(of: set) {
                sets[key] = set["elem"]?.array ?? []
            }
        }
        for entry in entries { if let chain = entry["chain"] { add(chain: chain) } }
        for entry in entries { if let rule = entry["rule"] { add(rule: rule) } }
    }

    private func key(of value: JSONValue) -> String? {
        guard let family = value["family"]?.string, let table = value["table"]?.string,
            let name = value["name"]?.string
        else { return nil }
        return "\(family) \(table) \(name)"
    }

    private mutating func add(table: JSONValue) {
        guard let family = table["family"]?.string, let name = table["name"]?.string,
            ["ip", "ip6", "inet"].contains(family), !foreign.contains("\(family) \(name)")
        else { return }
        ruleset.tables.append(FirewallTable(tool: .nftables, family: family, name: name))
    }

    private func index(of value: JSONValue) -> Int? {
        ruleset.tables.firstIndex {
            $0.family == value["family"]?.string && $0.name == value["table"]?.string
        }
    }

    private mutating func add(chain: JSONValue) {
        guard let name = chain["name"]?.string else { return }
        guard let index = index(of: chain) else {
            if chain["family"]?.string == "netdev", chain["hook"]?.string == "ingress" {
                ruleset.unread.append("chain \(name) at ingress")
            }
            return
        }
        var result = FirewallChain(name: name)
        let isNat = chain["type"]?.string == "nat"
        switch chain["hook"]?.string {
        case "prerouting": result.hook = .prerouting
        // What is left to translate in input is never dropped there.
        case "input" where !isNat: result.hook = .input
        default: break
        }
        result.priority = Int(clamping: chain["prio"]?.integer ?? 0)
        result.drops = chain["policy"]?.string == "drop"
        ruleset.tables[index].chains[name] = result
    }

    private mutating func add(rule: JSONValue) {
        guard let index = index(of: rule), let chain = rule["chain"]?.string,
            let expressions = rule["expr"]?.array
        else { return }
        let reader = NftablesExpressions(
            scope: "\(ruleset.tables[index].family) \(ruleset.tables[index].name)", sets: sets)
        var rules = reader.rules(expressions)
        let handle = rule["handle"]?.integer.map { ", handle \($0)" } ?? ""
        let place = " (table \(reader.scope), chain \(chain)\(handle))"
        for position in rules.indices { rules[position].text += place }
        ruleset.tables[index].chains[chain]?.rules += rules
    }
}
