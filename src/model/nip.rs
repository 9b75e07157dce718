//! The numbers of civil servants, checked as far as their form says anything.

use jiff::civil::Date;

use super::{PersonStatus, Words};

/// Youngest age at the first appointment.
const YOUNGEST: i16 = 18;

/// Checks a NIP (PNS) or NI PPPK: 18 digits.
///
/// NIP is `YYYYMMDD YYYYMM S NNN`: birth date, month of first appointment, sex (1 man, 2 woman), serial. There is no
/// check digit, and serials are not judged. NI PPPK begins with a birth date and a year as well; what follows differs
/// between sources, so only that much is checked.
///
/// # Errors
/// What is wrong, without repeating the number.
pub fn check(number: &str, status: PersonStatus) -> Result<(), Words> {
    if number.len() != 18 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Words::new("NIP terdiri atas 18 angka, tanpa spasi", "a NIP has 18 digits, without spaces"));
    }
    let digits = |from: usize, to: usize| number.get(from..to).and_then(|d| d.parse::<i16>().ok()).unwrap_or(-1);
    let small = |from, to| i8::try_from(digits(from, to)).unwrap_or(-1);
    let born = Date::new(digits(0, 4), small(4, 6), small(6, 8))
        .map_err(|_| Words::new("angka 1-8 bukan tanggal lahir", "digits 1-8 are no birth date"))?;
    if digits(8, 12) < born.year() + YOUNGEST || digits(8, 12) > 2100 {
        return Err(Words::new(
            "angka 9-12 bukan tahun pengangkatan pada umur 18 atau lebih",
            "digits 9-12 are no year of appointment at 18 or older",
        ));
    }
    match status {
        PersonStatus::Pns => {
            if !(1..=12).contains(&digits(12, 14)) {
                return Err(Words::new(
                    "angka 13-14 bukan bulan; apakah ini PPPK?",
                    "digits 13-14 are no month; is this a PPPK?",
                ));
            }
            if !(1..=2).contains(&digits(14, 15)) {
                return Err(Words::new(
                    "angka ke-15 bukan 1 (laki-laki) atau 2 (perempuan)",
                    "digit 15 is neither 1 (man) nor 2 (woman)",
                ));
            }
            Ok(())
        }
        PersonStatus::Pppk => Ok(()),
        _ => Err(Words::new(
            "hanya PNS dan PPPK yang memiliki nomor ini; kosongkan",
            "only PNS and PPPK have such a number; leave it empty",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_forms_pass_and_wrong_ones_are_named() {
        assert!(check("197305142001121002", PersonStatus::Pns).is_ok());
        assert!(check("199001012022211004", PersonStatus::Pppk).is_ok());
        for (number, word) in [
            ("1973051420011210", "18 digits"),
            ("197302302001121002", "birth date"),
            ("199905142001121002", "18 or older"),
            ("197305142001131002", "month"),
            ("197305142001123002", "digit 15"),
        ] {
            assert!(check(number, PersonStatus::Pns).unwrap_err().en.contains(word), "{number}");
        }
        assert!(check("197305142001121002", PersonStatus::Kades).unwrap_err().en.contains("only PNS"));
    }
}
