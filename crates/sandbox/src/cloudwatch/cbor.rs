//! CBOR (RFC 8949), as much of it as Smithy's RPC v2 uses.

use serde_json::{Map, Number, Value};

/// Items within items: more than any call needs.
const DEPTH: u32 = 16;

/// A CBOR item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    /// Seconds since 1970, tagged as a time.
    Time(i64),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Item {
    /// As JSON, where a time is its seconds.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Integer(number) | Self::Time(number) => Value::from(number),
            Self::Number(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text),
            Self::List(items) => Value::Array(items.into_iter().map(Self::into_json).collect()),
            Self::Map(pairs) => Value::Object(
                pairs.into_iter().map(|(key, item)| (key, item.into_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

pub(super) fn write(item: &Item) -> Vec<u8> {
    let mut out = Vec::new();
    write_into(&mut out, item);
    out
}

fn write_into(out: &mut Vec<u8>, item: &Item) {
    match item {
        Item::Null => out.push(0xF6),
        Item::Bool(flag) => out.push(if *flag { 0xF5 } else { 0xF4 }),
        Item::Integer(number) => match u64::try_from(*number) {
            Ok(number) => head(out, 0, number),
            Err(_) => head(out, 1, number.unsigned_abs() - 1),
        },
        Item::Number(number) => {
            out.push(0xFB);
            out.extend(number.to_be_bytes());
        }
        Item::Text(text) => {
            head(out, 3, size(text.len()));
            out.extend(text.as_bytes());
        }
        Item::Time(seconds) => {
            head(out, 6, 1);
            write_into(out, &Item::Integer(*seconds));
        }
        Item::List(items) => {
            head(out, 4, size(items.len()));
            for item in items {
                write_into(out, item);
            }
        }
        Item::Map(pairs) => {
            head(out, 5, size(pairs.len()));
            for (key, item) in pairs {
                head(out, 3, size(key.len()));
                out.extend(key.as_bytes());
                write_into(out, item);
            }
        }
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// An item's kind and its number, which for texts and collections is their size.
fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    match (u8::try_from(number), u16::try_from(number), u32::try_from(number)) {
        (Ok(small), _, _) if small < 24 => out.push(kind | small),
        (Ok(byte), _, _) => out.extend([kind | 0x18, byte]),
        (_, Ok(short), _) => {
            out.push(kind | 0x19);
            out.extend(short.to_be_bytes());
        }
        (_, _, Ok(word)) => {
            out.push(kind | 0x1A);
            out.extend(word.to_be_bytes());
        }
        _ => {
            out.push(kind | 0x1B);
            out.extend(number.to_be_bytes());
        }
    }
}

/// Reads one item; `None` where the bytes are not one.
pub(super) fn read(bytes: &[u8]) -> Option<Item> {
    let mut input = Input { bytes };
    input.item(DEPTH)
}

struct Input<'a> {
    bytes: &'a [u8],
}

/// The number in an item's head.
enum Size {
    Known(u64),
    /// Until a stop.
    Open,
}

/// What ends a collection of unknown size.
const STOP: u8 = 0xFF;

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn size(&mut self, low: u8) -> Option<Size> {
        Some(match low {
            0..=23 => Size::Known(u64::from(low)),
            24 => Size::Known(self.number(1)?),
            25 => Size::Known(self.number(2)?),
            26 => Size::Known(self.number(4)?),
            27 => Size::Known(self.number(8)?),
            31 => Size::Open,
            _ => return None,
        })
    }

    fn known(&mut self, low: u8) -> Option<u64> {
        match self.size(low)? {
            Size::Known(number) => Some(number),
            Size::Open => None,
        }
    }

    fn item(&mut self, depth: u32) -> Option<Item> {
        let depth = depth.checked_sub(1)?;
        let first = self.take(1)?[0];
        let (kind, low) = (first >> 5, first & 0x1F);
        Some(match kind {
            0 => Item::Integer(i64::try_from(self.known(low)?).ok()?),
            1 => Item::Integer(-1 - i64::try_from(self.known(low)?).ok()?),
            3 => Item::Text(self.text(low)?),
            4 => {
                let size = self.size(low)?;
                Item::List(self.collect(&size, |input| input.item(depth))?)
            }
            5 => {
                let size = self.size(low)?;
                Item::Map(self.collect(&size, |input| Some((input.key(depth)?, input.item(depth)?)))?)
            }
            // What a tag says of an item matters to no call here.
            6 => {
                self.known(low)?;
                self.item(depth)?
            }
            7 => self.simple(low)?,
            _ => return None,
        })
    }

    fn simple(&mut self, low: u8) -> Option<Item> {
        Some(match low {
            20 => Item::Bool(false),
            21 => Item::Bool(true),
            22 | 23 => Item::Null,
            26 => Item::Number(f64::from(f32::from_be_bytes(self.take(4)?.try_into().ok()?))),
            27 => Item::Number(f64::from_be_bytes(self.take(8)?.try_into().ok()?)),
            _ => return None,
        })
    }

    fn text(&mut self, low: u8) -> Option<String> {
        match self.size(low)? {
            Size::Known(length) => String::from_utf8(self.take(usize::try_from(length).ok()?)?.to_vec()).ok(),
            // Pieces of a text, each with a size of its own.
            Size::Open => {
                let pieces = self.collect(&Size::Open, |input| input.key(DEPTH))?;
                Some(pieces.concat())
            }
        }
    }

    fn key(&mut self, depth: u32) -> Option<String> {
        if let Item::Text(text) = self.item(depth.max(1))? { Some(text) } else { None }
    }

    fn collect<T>(&mut self, size: &Size, mut each: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        match size {
            Size::Known(count) => {
                for _ in 0..*count {
                    items.push(each(self)?);
                }
            }
            Size::Open => {
                while *self.bytes.first()? != STOP {
                    items.push(each(self)?);
                }
                self.take(1)?;
            }
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let item = Item::Map(vec![
            ("a".into(), Item::List(vec![Item::Integer(-500), Item::Number(1.5), Item::Null])),
            ("long".into(), Item::Text("x".repeat(300))),
            ("flag".into(), Item::Bool(true)),
        ]);
        assert_eq!(read(&write(&item)), Some(item));
    }

    #[test]
    fn the_examples_of_the_specification_are_read() {
        // RFC 8949, appendix A: collections without a size, a tagged time, halves of a text.
        assert_eq!(
            read(&[0x9F, 0x01, 0x82, 0x02, 0x03, 0xFF]).unwrap().into_json(),
            serde_json::json!([1, [2, 3]])
        );
        assert_eq!(read(&[0xBF, 0x61, b'a', 0x01, 0xFF]).unwrap().into_json(), serde_json::json!({ "a": 1 }));
        assert_eq!(read(&[0xC1, 0x1A, 0x51, 0x4B, 0x67, 0xB0]), Some(Item::Integer(1_363_896_240)));
        assert_eq!(read(&[0x7F, 0x62, b's', b't', 0x61, b'r', 0xFF]), Some(Item::Text("str".into())));
        assert_eq!(read(&[0x82, 0x01]), None);
        assert_eq!(read(&[0x81; 40]), None, "nested too deeply");
    }
}
