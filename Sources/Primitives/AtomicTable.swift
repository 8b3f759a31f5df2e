package import Synchronization

/// A fixed number of atomic bytes or words, read and written by index from any thread.
///
/// The one place where an array of `Atomic` is held: `Array` cannot hold values that do not copy.
@safe
package struct AtomicTable<Value: AtomicRepresentable & BitwiseCopyable>: ~Copyable,
    @unchecked Sendable
{
    package let count: Int
    private let base: UnsafeMutablePointer<Atomic<Value>>

    package init(repeating value: Value, count: Int) {
        self.count = count
        unsafe base = .allocate(capacity: max(count, 1))
        for index in 0..<count { unsafe (base + index).initialize(to: Atomic(value)) }
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe base.deallocate()
    }

    /// Runs `body` with the atomic at `index`, which must be below `count`.
    @inline(__always)
    package func with<R>(_ index: Int, _ body: (borrowing Atomic<Value>) -> R) -> R {
        precondition(index >= 0 && index < count, "AtomicTable index out of range")
        return unsafe body(base[index])
    }
}
