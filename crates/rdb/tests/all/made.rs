//! Parts of files made by hand.

/// A string that is not compressed.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    [length(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A length as servers write it.
pub(crate) fn length(length: u64) -> Vec<u8> {
    match length {
        ..0x40 => vec![length.to_le_bytes()[0]],
        0x40..0x4000 => [0x40 | length.to_le_bytes()[1], length.to_le_bytes()[0]].to_vec(),
        0x4000..=0xffff_ffff => [&[0x80], &length.to_be_bytes()[4..]].concat(),
        _ => [&[0x81][..], &length.to_be_bytes()].concat(),
    }
}

/// A listpack of elements that are encoded already.
pub(crate) fn listpack(elements: &[Vec<u8>]) -> Vec<u8> {
    let body = elements.concat();
    let (size, count) = (u32::try_from(body.len() + 7).unwrap(), u16::try_from(elements.len()).unwrap());
    [&size.to_le_bytes()[..], &count.to_le_bytes(), &body, &[0xff]].concat()
}

/// A small number as a listpack's element.
pub(crate) fn small(number: u8) -> Vec<u8> {
    assert!(number < 0x80);
    vec![number, 1]
}

/// Short text as a listpack's element.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    assert!(length < 0x40);
    [&[0x80 | length], text.as_bytes(), &[length + 1]].concat()
}

/// A ziplist of elements that are encoded already, each with the size of the one before.
pub(crate) fn ziplist(elements: &[&[u8]]) -> Vec<u8> {
    let body = elements.concat();
    let size = u32::try_from(body.len() + 11).unwrap();
    let tail = size - 1 - u32::try_from(elements.last().map_or(0, |last| last.len())).unwrap();
    let count = u16::try_from(elements.len()).unwrap();
    [&size.to_le_bytes()[..], &tail.to_le_bytes(), &count.to_le_bytes(), &body, &[0xff]].concat()
}

/// An intset of numbers of two bytes.
pub(crate) fn intset(numbers: &[i16]) -> Vec<u8> {
    let count = u32::try_from(numbers.len()).unwrap();
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    [&2_u32.to_le_bytes()[..], &count.to_le_bytes(), &numbers].concat()
}

/// A key named `k` of a type.
pub(crate) fn key(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind, 1, b'k'], value].concat()
}

/// A stream's node that says how many of its entries live and are deleted, and has one entry for each of the flags.
pub(crate) fn node(live: u8, deleted: u8, flags: &[u8]) -> Vec<u8> {
    let mut elements = vec![small(live), small(deleted), small(1), text("a"), small(0)];
    for (number, flags) in (1..).zip(flags) {
        // Flags, id as the distance from the node's, one value, and the count of these parts.
        elements.extend([small(*flags), small(0), small(number), text("b"), small(4)]);
    }
    [string(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), string(&listpack(&elements))].concat()
}

/// A stream of a type (15, 19 or 21) that says how long it is, without consumer groups.
pub(crate) fn stream(kind: u8, nodes: &[Vec<u8>], length: u8) -> Vec<u8> {
    let count = u8::try_from(nodes.len()).unwrap();
    let more: &[u8] = if kind >= 19 { &[1, 1, 0, 0, 9] } else { &[] };
    key(kind, &[&[count][..], &nodes.concat(), &[length, 1, 9], more, &[0]].concat())
}

/// Slots that a cluster's node was importing, under a job of that name.
pub(crate) fn slot_import(name: &[u8], slots: &[(u64, u64)]) -> Vec<u8> {
    let ranges = slots.iter().flat_map(|(from, to)| [length(*from), length(*to)].concat());
    [&[0xf3][..], &string(name), &length(slots.len() as u64), &ranges.collect::<Vec<_>>()].concat()
}
