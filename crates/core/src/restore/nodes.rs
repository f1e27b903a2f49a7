//! How much memory a node has, by its type.

/// Share of a node's memory, in percent, that AWS keeps from the data by default (`reserved-memory-percent`).
pub(super) const RESERVED_PERCENT: u64 = 25;

/// Hundredths of a GiB that the sizes of one family have.
type Sizes = &'static [(&'static str, u64)];

const M5: Sizes = &[
    ("large", 638),
    ("xlarge", 1293),
    ("2xlarge", 2604),
    ("4xlarge", 5226),
    ("12xlarge", 15_712),
    ("24xlarge", 31_432),
];
const M6G: Sizes = &[
    ("large", 638),
    ("xlarge", 1293),
    ("2xlarge", 2604),
    ("4xlarge", 5226),
    ("8xlarge", 10_368),
    ("12xlarge", 15_712),
    ("16xlarge", 20_955),
];
const R5: Sizes = &[
    ("large", 1307),
    ("xlarge", 2632),
    ("2xlarge", 5282),
    ("4xlarge", 10_581),
    ("12xlarge", 31_777),
    ("24xlarge", 63_561),
];
const R6G: Sizes = &[
    ("large", 1307),
    ("xlarge", 2632),
    ("2xlarge", 5282),
    ("4xlarge", 10_581),
    ("8xlarge", 20_955),
    ("12xlarge", 31_777),
    ("16xlarge", 41_909),
];
const R4: Sizes = &[
    ("large", 1230),
    ("xlarge", 2505),
    ("2xlarge", 5047),
    ("4xlarge", 10_138),
    ("8xlarge", 20_326),
    ("16xlarge", 40_700),
];
const M4: Sizes =
    &[("large", 642), ("xlarge", 1428), ("2xlarge", 2970), ("4xlarge", 6078), ("10xlarge", 15_464)];
const T3: Sizes = &[("micro", 50), ("small", 137), ("medium", 309)];
const T2: Sizes = &[("micro", 55), ("small", 155), ("medium", 322)];

/// Bytes that a node of this type (`cache.r7g.large`) has for everything; `None` for types that are not listed here. Data
/// tiering adds disks, so that the memory of such nodes says nothing about what fits.
pub(super) fn bytes(node_type: &str) -> Option<u64> {
    let mut parts = node_type.strip_prefix("cache.")?.splitn(2, '.');
    let (family, size) = (parts.next()?, parts.next()?);
    let sizes = match family {
        "t2" => T2,
        "t3" | "t4g" => T3,
        "m4" => M4,
        "m5" => M5,
        "m6g" | "m7g" => M6G,
        "r4" => R4,
        "r5" => R5,
        "r6g" | "r7g" => R6G,
        _ => return None,
    };
    let (_, hundredths) = sizes.iter().find(|(name, _)| *name == size)?;
    Some((hundredths << 30) / 100)
}

/// What of it is left for the data.
pub(super) fn for_data(node_type: &str) -> Option<u64> {
    bytes(node_type).map(|bytes| bytes / 100 * (100 - RESERVED_PERCENT))
}

/// Whether nodes of this type keep a part of the data on disk (docs/elasticache.md 4, S).
pub(super) fn has_data_tiering(node_type: &str) -> bool {
    node_type.starts_with("cache.r6gd.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_a_node_is_not_for_the_data() {
        assert_eq!(bytes("cache.r7g.large"), Some((1307 << 30) / 100));
        assert!(for_data("cache.r7g.large").unwrap() < bytes("cache.r7g.large").unwrap() * 3 / 4 + 1);
        assert_eq!(bytes("cache.unheard.of"), None);
        assert!(has_data_tiering("cache.r6gd.xlarge") && !has_data_tiering("cache.r6g.xlarge"));
    }
}
