//! The golden files of tests/golden/values: the same that hold the readable twin.
use std::{fs, path::Path};

use gamenet_codec::bits::Malformed;
use gamenet_codec::field::{Field, Kind, Table};
use gamenet_codec::predict::Source;
use gamenet_codec::script::{decode, encode, Refusal};
use gamenet_codec::wire::Format;
use serde_json::Value;

fn load(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/values").join(name);
    serde_json::from_str(&fs::read_to_string(path).expect("the golden file exists")).expect("it is JSON")
}

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

fn number(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap()
}

fn field(told: &Value) -> Field {
    let kind = ["FLOAT", "RANGED", "ANGLE", "INTEGER", "FLAG", "CHOICE"].iter().position(|kind| told["kind"] == **kind);
    let kind = Kind::from_number(kind.unwrap() as u8).unwrap();
    let float = |name: &str| told[name].as_f64().unwrap();
    match kind.is_float() {
        true => Field::float(kind, float("low"), float("high"), float("step"), told["smooth"] == true).unwrap(),
        false => Field::integer(kind, told["low"].as_i64().unwrap(), told["high"].as_i64().unwrap()).unwrap(),
    }
}

/// The fields of a table; those that one is predicted from are named.
fn fields(table: &Value) -> Vec<Field> {
    let told = table["fields"].as_array().unwrap();
    let place = |name: &Value| told.iter().position(|field| field["name"] == *name).unwrap();
    let source = |of: &Value| match of["source"].as_array().map(Vec::as_slice) {
        None | Some([]) => Source::Baseline,
        Some([velocity]) => Source::Velocity(place(velocity)),
        Some([x, y]) => Source::Direction(place(x), place(y)),
        Some(more) => panic!("{more:?}"),
    };
    let rate = table["tick_rate"].as_f64().unwrap_or(60.0);
    told.iter().map(|of| field(of).following(source(of), rate).unwrap()).collect()
}

fn format(golden: &Value) -> Format {
    Format::new(golden["tables"].as_array().unwrap().iter().map(|t| Table::new(fields(t)).unwrap()).collect()).unwrap()
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The message as scripts: to encode, as it is decoded, and the baselines.
fn scripts(message: &Value) -> (Vec<u64>, Vec<u64>, Vec<u64>) {
    let sections = message["sections"].as_array().unwrap();
    let mut told = vec![number(message, "previous"), sections.len() as u64];
    let (mut given, mut held) = (told.clone(), Vec::new());
    for section in sections {
        let rows = section["rows"].as_array().unwrap();
        let mut head: Vec<u64> = ["table", "term", "gap", "age"].iter().map(|name| number(section, name)).collect();
        head.extend(numbers(&section["codes"]));
        head.push(rows.len() as u64);
        told.extend(&head);
        given.extend(&head);
        for row in rows {
            let mode = row["cut"].as_u64().map_or(u64::from(row["hold"] == true), |cut| cut + 2);
            let (id, age, base) = (number(row, "id"), number(row, "age"), numbers(&row["baseline"]));
            let both = [vec![id, age, mode], numbers(&row["units"])].concat();
            told.extend(&both);
            given.extend(both.iter().chain(&base));
            if age > 0 {
                held.extend([number(section, "table"), id, age].iter().chain(&base));
            }
        }
    }
    (given, told, held)
}

#[test]
fn golden_messages_have_their_bytes_and_the_bytes_their_message() {
    for name in ["ship.json", "extremes.json", "codes.json", "sections.json", "nothing.json", "predicted.json"] {
        let golden = load(name);
        let format = format(&golden);
        let (given, told, held) = scripts(&golden["message"]);
        assert_eq!(encode(&format, &given).unwrap(), hex(&golden["hex"]), "{name}");
        assert_eq!(decode(&format, &hex(&golden["hex"]), &held).unwrap().unwrap(), told, "{name}");
    }
}

#[test]
fn golden_malformed_bodies_are_refused_with_their_reasons() {
    let golden = load("malformed.json");
    let format = format(&golden);
    for told in golden["malformed"].as_array().unwrap() {
        let Err(Refusal::Malformed(reason)) = decode(&format, &hex(&told["hex"]), &[]).unwrap() else {
            panic!("taken: {told}");
        };
        assert_eq!(reason.text(), told["why"]);
    }
    assert_eq!(decode(&format, &[0; 4097], &[]).unwrap(), Err(Refusal::Malformed(Malformed::TooLong)));
}
