// swift-tools-version: 6.2
import PackageDescription

// Every target is compiled in Swift 6 mode with warnings as errors. `cores` add strict memory
// safety: what they touch comes from the network (ARCHITECTURE.md, law 5).
let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
let core = common + [.strictMemorySafety()]

// `scripts/fuzz` sets this: every target is then compiled with the coverage that guides libFuzzer,
// and the program that runs it exists. Ordinary builds see neither.
let isFuzzing = Context.environment["TURNSTONE_FUZZ"] != nil

let package = Package(
    name: "turnstone",
    products: [.executable(name: "turnstone", targets: ["turnstone"])],
    targets: [
        // L0: vocabulary and codecs.
        .target(name: "CPacket"),
        .target(name: "Primitives", swiftSettings: core),
        .target(name: "JSON", swiftSettings: core),
        // The parsed message is a view of its bytes, which takes lifetime annotations.
        .target(
            name: "STUN", dependencies: ["Primitives"],
            swiftSettings: core + [.enableExperimentalFeature("Lifetimes")]),
        // L1: protocol rules, no I/O.
        .target(name: "TURN", dependencies: ["Primitives", "STUN"], swiftSettings: core),
        .target(
            name: "Forwarding", dependencies: ["CPacket", "Primitives", "STUN"],
            swiftSettings: common),
        .target(name: "Reception", dependencies: ["Primitives", "STUN"], swiftSettings: core),
        .target(name: "HTTP", dependencies: ["Primitives"], swiftSettings: core),
        .target(name: "Signaling", dependencies: ["JSON", "Primitives"], swiftSettings: core),
        .target(
            name: "WebAPI", dependencies: ["HTTP", "JSON", "Primitives", "Signaling"],
            swiftSettings: core),
        .target(name: "Probe", dependencies: ["JSON", "Primitives", "STUN"], swiftSettings: core),
        .target(
            name: "Doctor", dependencies: ["JSON", "Primitives", "Probe"], swiftSettings: core),
        .target(name: "Admin", dependencies: ["Primitives", "HTTP"], swiftSettings: common),
        .target(name: "Configuration", dependencies: ["Primitives"], swiftSettings: core),
        // L2: the two doors to the outside.
        .target(name: "CLinux", dependencies: ["CPacket"], linkerSettings: [.linkedLibrary("cap")]),
        .target(
            name: "LinuxIO", dependencies: ["CLinux", "CPacket", "Primitives"],
            swiftSettings: common),
        .target(
            name: "COpenSSL",
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(
            name: "Crypto", dependencies: ["COpenSSL", "Primitives", "STUN"],
            swiftSettings: common),
        // The pages and the client library of Sources/Web, inside the program.
        .target(name: "CWeb"),
        // L3: threads and wiring.
        .target(
            name: "Appliance",
            dependencies: [
                "CPacket", "Primitives", "STUN", "TURN", "Forwarding", "Reception", "HTTP", "Admin",
                "Configuration", "JSON", "CWeb", "LinuxIO", "Crypto", "Signaling", "WebAPI",
            ],
            swiftSettings: common),
        .target(
            name: "ProbeIO", dependencies: ["Crypto", "LinuxIO", "Primitives", "Probe"],
            swiftSettings: common),
        // L4: examines this machine, with the eyes of the rooms below.
        .target(
            name: "DoctorIO",
            dependencies: [
                "Admin", "Appliance", "Configuration", "Crypto", "Doctor", "LinuxIO", "Primitives",
                "Probe", "ProbeIO",
            ],
            swiftSettings: common),
        // L5: the program.
        .executableTarget(
            name: "turnstone",
            dependencies: [
                "Appliance", "Admin", "Configuration", "Doctor", "DoctorIO", "LinuxIO",
                "Primitives", "Probe", "ProbeIO",
            ],
            swiftSettings: common),
        // Development only.
        .target(
            name: "Simulator",
            dependencies: ["TURN", "Forwarding", "STUN", "Crypto", "CPacket", "Primitives"],
            swiftSettings: common),
        .executableTarget(
            name: "bench",
            dependencies: ["CBench", "LinuxIO", "CPacket", "STUN", "Crypto", "Primitives"],
            swiftSettings: common),
        .target(name: "CBench"),
        .executableTarget(
            name: "websocket-echo", dependencies: ["Appliance", "HTTP", "LinuxIO"],
            swiftSettings: common),
        .target(name: "HeapCount", path: "Tests/HeapCount"),
        .target(
            name: "CryptoPeer", path: "Tests/CryptoPeer",
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),

        .target(
            name: "FuzzSubjects",
            dependencies: [
                "CPacket", "Configuration", "Crypto", "Forwarding", "HTTP", "JSON", "Primitives",
                "Probe", "Reception", "STUN", "Signaling", "TURN", "WebAPI",
            ],
            swiftSettings: common),
        // Tests mirror the sources; the last three look at the whole.
        .testTarget(name: "PrimitivesTests", dependencies: ["Primitives"], swiftSettings: common),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: common),
        .testTarget(name: "STUNTests", dependencies: ["STUN", "Crypto"], swiftSettings: common),
        .testTarget(
            name: "TURNTests", dependencies: ["TURN", "STUN", "Crypto", "Primitives", "HeapCount"],
            exclude: ["PeerPolicy/peers.txt"], swiftSettings: common),
        .testTarget(
            name: "ForwardingTests",
            dependencies: ["Forwarding", "Primitives", "CPacket", "HeapCount"],
            swiftSettings: common),
        .testTarget(
            name: "ReceptionTests", dependencies: ["Reception", "Primitives", "STUN"],
            swiftSettings: common),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP"], swiftSettings: common),
        .testTarget(
            name: "SignalingTests", dependencies: ["Signaling", "JSON", "Primitives"],
            swiftSettings: common),
        .testTarget(
            name: "WebAPITests",
            dependencies: ["HTTP", "JSON", "Primitives", "Signaling", "WebAPI"],
            swiftSettings: common),
        .testTarget(
            name: "ProbeTests", dependencies: ["Crypto", "JSON", "Primitives", "Probe", "STUN"],
            swiftSettings: common),
        .testTarget(
            name: "ProbeIOTests", dependencies: ["LinuxIO", "Primitives", "Probe", "ProbeIO"],
            swiftSettings: common),
        .testTarget(
            name: "DoctorTests", dependencies: ["Doctor", "JSON", "Primitives", "Probe"],
            swiftSettings: common),
        .testTarget(
            name: "DoctorIOTests", dependencies: ["Doctor", "DoctorIO"], swiftSettings: common),
        .testTarget(name: "AdminTests", dependencies: ["Admin"], swiftSettings: common),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["Configuration"],
            exclude: ["Fixtures"], swiftSettings: common),
        .testTarget(
            name: "LinuxIOTests", dependencies: ["LinuxIO", "CPacket"], swiftSettings: common),
        .testTarget(
            name: "CryptoTests", dependencies: ["Crypto", "CryptoPeer", "Primitives", "STUN"],
            swiftSettings: common),
        .testTarget(
            name: "ApplianceTests",
            dependencies: [
                "Admin", "Appliance", "Configuration", "Crypto", "Forwarding", "HTTP", "JSON",
                "LinuxIO", "Primitives", "Reception", "STUN", "Signaling", "TURN",
            ],
            swiftSettings: common),
        .testTarget(name: "ArchitectureTests", swiftSettings: common),
        .testTarget(
            name: "FuzzCorpusTests", dependencies: ["FuzzSubjects"], swiftSettings: common),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulator", "HeapCount"],
            swiftSettings: common),
    ]
)

if isFuzzing {
    let sanitizers = ["-sanitize=fuzzer,address"]
    package.targets = package.targets.filter { $0.type == .regular }
    package.targets += [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["CFuzzer", "FuzzSubjects"], swiftSettings: common,
            linkerSettings: [.unsafeFlags(sanitizers + ["-use-ld=lld"])]),
    ]
    package.products = []
    for target in package.targets where target.swiftSettings != nil {
        target.swiftSettings?.append(.unsafeFlags(sanitizers))
    }
}
