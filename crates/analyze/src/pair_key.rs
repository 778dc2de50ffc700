//! Two registers as one key of a map.

use mmio_format::RegisterId;

/// The key of two registers, the first one above.
pub(crate) fn key(first: RegisterId, second: RegisterId) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// The registers of a key.
pub(crate) fn pair(key: u64) -> (RegisterId, RegisterId) {
    ((key >> 32) as RegisterId, key as RegisterId)
}
