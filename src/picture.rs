//! How a picture looks, in a hundred and twenty-eight bits.
//!
//! The same for a copy that was saved again, scaled or brightened,
//! another for another picture. It knows nothing of what is in the picture, least of all whose face.
//!
//! Two hashes of sixty-four bits each: which of eight by eight blocks are lighter than the middle of their band, and which
//! of the lowest waves of a cosine transform lie above their middle. Copies agree in nearly all bits of both; pictures
//! that share one of them by chance seldom share the other.

use std::io::Cursor;

use image::{ImageReader, Limits};

/// Largest width and height, in pixels: a phone's longest screenshot fits.
const SIDE: u32 = 16_384;
/// Most memory for one picture, in bytes.
const MEMORY: u64 = 192 * 1024 * 1024;
/// Blocks in a row and rows of blocks.
const BLOCKS: usize = 8;
/// Points in a row, and rows, that the waves are taken of.
const POINTS: usize = 32;
/// A picture whose lightness varies less than this, of 255, has no look: an empty page is like every other.
const FLATTEST: f64 = 6.0;

/// How a picture looks: sixteen bytes, blocks first.
///
/// `None` where the bytes are no PNG, JPEG or WebP picture of a sensible size, or where there is next to nothing on it.
#[must_use]
pub fn looks(bytes: &[u8]) -> Option<[u8; 16]> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let grey = reader.decode().ok()?.into_luma8();
    let (width, height) = (usize::try_from(grey.width()).ok()?, usize::try_from(grey.height()).ok()?);
    let points = averages(grey.as_raw(), width, height)?;
    let mean = points.iter().sum::<f64>() / count(points.len());
    let spread = points.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count(points.len());
    if spread.sqrt() < FLATTEST {
        return None;
    }
    let mut looks = [0; 16];
    let (blocks, waves) = looks.split_at_mut(8);
    blocks.copy_from_slice(&block_hash(&points).to_be_bytes());
    waves.copy_from_slice(&wave_hash(&points).to_be_bytes());
    Some(looks)
}

/// The picture as [`POINTS`] times [`POINTS`] areas, each its mean lightness; `None` where it is smaller than that.
fn averages(grey: &[u8], width: usize, height: usize) -> Option<Vec<f64>> {
    if width < POINTS || height < POINTS {
        return None;
    }
    let mut points = Vec::with_capacity(POINTS * POINTS);
    for row in 0..POINTS {
        for column in 0..POINTS {
            let (left, right) = (column * width / POINTS, (column + 1) * width / POINTS);
            let (top, bottom) = (row * height / POINTS, (row + 1) * height / POINTS);
            let lines = (top..bottom).filter_map(|y| grey.get(y * width + left..y * width + right));
            let sum: u64 = lines.flatten().map(|v| u64::from(*v)).sum();
            points.push(count(usize::try_from(sum).ok()?) / count((right - left) * (bottom - top)));
        }
    }
    Some(points)
}

/// One bit a block: lighter than the middle of the two rows of blocks that it stands in.
fn block_hash(points: &[f64]) -> u64 {
    let each = POINTS / BLOCKS;
    let block = |row: usize, column: usize| -> f64 {
        let lines = (row * each..(row + 1) * each)
            .filter_map(|y| points.get(y * POINTS + column * each..y * POINTS + (column + 1) * each));
        lines.flatten().sum()
    };
    let blocks: Vec<f64> = (0..BLOCKS * BLOCKS).map(|at| block(at / BLOCKS, at % BLOCKS)).collect();
    let bits = blocks.chunks(2 * BLOCKS).flat_map(|band| {
        let middle = middle(band);
        band.iter().map(move |v| *v > middle)
    });
    bits.fold(0, |hash, bit| hash << 1 | u64::from(bit))
}

/// One bit for each of the eight by eight lowest waves, the constant one apart.
fn wave_hash(points: &[f64]) -> u64 {
    let cosine = |wave: usize, at: usize| {
        (std::f64::consts::PI * count(wave) * (2.0 * count(at) + 1.0) / (2.0 * count(POINTS))).cos()
    };
    let table: Vec<Vec<f64>> = (0..BLOCKS).map(|wave| (0..POINTS).map(|at| cosine(wave, at)).collect()).collect();
    // Along each row first, then down the columns of what that gives.
    let rows: Vec<Vec<f64>> = points
        .chunks(POINTS)
        .map(|row| table.iter().map(|wave| row.iter().zip(wave).map(|(v, c)| v * c).sum()).collect())
        .collect();
    let mut waves = Vec::with_capacity(BLOCKS * BLOCKS);
    for down in &table {
        for across in 0..BLOCKS {
            waves.push(rows.iter().zip(down).map(|(row, c)| row.get(across).copied().unwrap_or_default() * c).sum());
        }
    }
    // The constant wave is how light the picture is, not what it shows.
    if let Some(constant) = waves.first_mut() {
        *constant = 0.0;
    }
    let middle = middle(&waves);
    waves.iter().fold(0, |hash, v| hash << 1 | u64::from(*v > middle))
}

fn middle(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
    f64::midpoint(at(half), at(half.saturating_sub(1)))
}

#[expect(clippy::cast_precision_loss, reason = "sums of lightness are far below 2^52")]
fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use image::imageops::FilterType;
    use image::{DynamicImage, GrayImage, ImageFormat, Luma};

    use super::*;

    /// A poster of shapes, made up from a seed.
    fn poster(seed: u32) -> DynamicImage {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut next = |n: u32| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state % n
        };
        let shapes: Vec<[u32; 5]> =
            (0..9).map(|_| [next(360), next(640), 40 + next(160), 40 + next(240), next(256)]).collect();
        DynamicImage::ImageLuma8(GrayImage::from_fn(360, 640, |x, y| {
            let shade = shapes.iter().rev().find(|s| x >= s[0] && x < s[0] + s[2] && y >= s[1] && y < s[1] + s[3]);
            Luma([shade.map_or(230, |s| u8::try_from(s[4]).unwrap())])
        }))
    }

    fn saved(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    fn apart(a: &[u8; 16], b: &[u8; 16]) -> (u32, u32) {
        let bits = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
        (bits(&a[..8], &b[..8]), bits(&a[8..], &b[8..]))
    }

    #[test]
    fn a_copy_saved_again_scaled_or_brightened_looks_the_same_and_another_picture_does_not() {
        let all: Vec<[u8; 16]> = (1..20).map(|n| looks(&saved(&poster(n), ImageFormat::Png)).unwrap()).collect();
        for n in 1..20 {
            let (picture, first) = (poster(n), &all[n as usize - 1]);
            for copy in [
                saved(&picture, ImageFormat::Jpeg),
                saved(&picture.resize_exact(180, 320, FilterType::Triangle), ImageFormat::Jpeg),
                saved(&picture.resize_exact(700, 1244, FilterType::CatmullRom), ImageFormat::Png),
                saved(&picture.brighten(20), ImageFormat::Png),
            ] {
                let (blocks, waves) = apart(first, &looks(&copy).unwrap());
                assert!(blocks <= 10 && waves <= 14, "{n}: {blocks} {waves}");
            }
        }
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                let (blocks, waves) = apart(a, b);
                assert!(blocks > 10 || waves > 14, "{blocks} {waves}");
            }
        }
    }

    #[test]
    fn what_is_no_picture_empty_or_far_too_large_has_no_look() {
        assert_eq!(looks(b""), None);
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n and then nothing"), None);
        assert_eq!(looks(&saved(&DynamicImage::new_luma8(400, 400), ImageFormat::Png)), None);
        assert_eq!(looks(&saved(&poster(1).resize_exact(20, 20, FilterType::Nearest), ImageFormat::Png)), None);
        // A few bytes that claim to be a picture of four billion pixels.
        let mut bomb = saved(&poster(1), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert_eq!(looks(&bomb), None);
    }
}
