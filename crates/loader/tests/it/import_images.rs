//! `loader import` of folders of images.

use std::fs;
use std::os::unix::fs::symlink;

use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};

use crate::sandbox::Sandbox;
use crate::sources::*;

/// Three images of cats and two of dogs, 4 pixels wide and 3 high, each of its own gray.
fn pets(sandbox: &Sandbox, root: &str) {
    for (name, gray) in [
        ("cat/a.png", 1),
        ("cat/b.png", 2),
        ("cat/c.png", 3),
        ("dog/a.png", 101),
        ("dog/b.png", 102),
    ] {
        write_image(&sandbox.path(root).join(name), 4, 3, gray);
    }
}

#[test]
fn each_sub_folder_is_a_class() {
    let sandbox = Sandbox::new();
    pets(&sandbox, "pets");
    fs::write(sandbox.path("pets/.DS_Store"), "hidden").unwrap();
    fs::write(sandbox.path("pets/cat/.hidden"), "hidden").unwrap();
    let says = import(&sandbox, "pets mine");
    assert!(
        says.contains("mine: 3 train, 2 test, 3x4 pixels, 2 classes"),
        "{says}"
    );
    let dataset = mine(&sandbox);
    assert_eq!(dataset.label_names, ["cat", "dog"]);
    let mut all = [sorted(&dataset.train), sorted(&dataset.test)].concat();
    all.sort();
    let expected = [(0, 1), (0, 2), (0, 3), (1, 101), (1, 102)];
    assert_eq!(all, expected.map(|(label, gray)| (label, vec![gray; 12])));
}

#[test]
fn folders_train_and_test_are_the_split() {
    let sandbox = Sandbox::new();
    for i in 0..20 {
        write_image(&sandbox.path(&format!("p/train/{}/{i:02}.png", i / 10)), 1, 1, i);
    }
    write_image(&sandbox.path("p/test/1/x.png"), 1, 1, 31);
    write_image(&sandbox.path("p/test/0/x.png"), 1, 1, 30);
    import(&sandbox, "p mine");
    let dataset = mine(&sandbox);
    assert_eq!(in_order(&dataset.test), [(0, vec![30]), (1, vec![31])]);
    assert_eq!(dataset.train.n_rows(), 20);
    assert!(
        !dataset.train.images.view().pixels().is_sorted(),
        "training rows are shuffled"
    );
    fs::create_dir(sandbox.path("p/val")).unwrap();
    fs::remove_dir_all(sandbox.path("data")).unwrap();
    refused(
        &sandbox,
        "p mine",
        &["`val` lies beside the folders train and test"],
    );
    fs::remove_dir(sandbox.path("p/val")).unwrap();
    write_image(&sandbox.path("p/test/2/x.png"), 1, 1, 30);
    refused(&sandbox, "p mine", &["class 2 is in the test rows"]);
}

#[test]
fn numeric_class_names_are_sorted_by_value() {
    let sandbox = Sandbox::new();
    for class in ["10", "9", "1"] {
        for file in ["a.png", "b.png"] {
            write_image(
                &sandbox.path(&format!("p/{class}/{file}")),
                2,
                2,
                class.parse().unwrap(),
            );
        }
    }
    import(&sandbox, "p mine");
    assert_eq!(mine(&sandbox).label_names, ["1", "9", "10"]);
}

#[test]
fn images_of_other_sizes_are_scaled() {
    let sandbox = Sandbox::new();
    pets(&sandbox, "pets");
    write_image(&sandbox.path("pets/dog/large.png"), 300, 200, 77);
    let says = import(&sandbox, "pets mine");
    assert!(says.contains("28x28 pixels"), "{says}");
    assert!(
        says.contains("6 images were scaled to 28x28 pixels; --size"),
        "{says}"
    );
    let dataset = mine(&sandbox);
    let all = [sorted(&dataset.train), sorted(&dataset.test)].concat();
    assert!(all.contains(&(1, vec![77; 784])));
    let says = import(&sandbox, "pets mine --size 6x5 --force");
    assert!(says.contains("5x6 pixels"), "height, then width: {says}");
    let says = import(&sandbox, "pets mine --size 7 --force");
    assert!(says.contains("7x7 pixels") && !says.contains("scaled"), "{says}");
    for size in ["0", "1025", "7x", "a"] {
        let sandbox = Sandbox::new();
        pets(&sandbox, "pets");
        refused(&sandbox, &format!("pets mine --size {size}"), &["from 1 to 1024"]);
    }
}

#[test]
fn every_format_is_read_and_colour_becomes_luma() {
    let sandbox = Sandbox::new();
    let red = DynamicImage::ImageRgb8(RgbImage::from_pixel(3, 3, Rgb([200, 0, 0])));
    for extension in ["png", "bmp", "gif", "ppm", "tiff", "webp"] {
        write_any_image(&sandbox.path(&format!("p/red/{extension}.{extension}")), &red);
    }
    write_any_image(
        &sandbox.path("p/jpeg/a.jpeg"),
        &DynamicImage::ImageRgb8(RgbImage::from_pixel(3, 3, Rgb([120, 120, 120]))),
    );
    fs::copy(sandbox.path("p/jpeg/a.jpeg"), sandbox.path("p/jpeg/no_extension")).unwrap();
    let clear = RgbaImage::from_fn(3, 3, |x, _| Rgba([250, 250, 250, [0, 102, 255][x as usize]]));
    for file in ["a.png", "b.png"] {
        write_any_image(
            &sandbox.path("p/clear").join(file),
            &DynamicImage::ImageRgba8(clear.clone()),
        );
    }
    import(&sandbox, "p mine");
    let dataset = mine(&sandbox);
    assert_eq!(dataset.label_names, ["clear", "jpeg", "red"]);
    for (label, pixels) in [sorted(&dataset.train), sorted(&dataset.test)].concat() {
        match label {
            0 => assert_eq!(pixels[..3], [0, 100, 250]),
            1 => assert!(pixels.iter().all(|pixel| pixel.abs_diff(120) <= 1), "{pixels:?}"),
            // 0.2126 of 200.
            _ => assert!(pixels.iter().all(|pixel| pixel.abs_diff(42) <= 1), "{pixels:?}"),
        }
    }
}

#[test]
fn files_that_are_no_images_are_counted_and_named() {
    let sandbox = Sandbox::new();
    pets(&sandbox, "pets");
    for i in 0..7 {
        fs::write(sandbox.path(&format!("pets/cat/note{i}.txt")), "a note").unwrap();
    }
    let png = fs::read(sandbox.path("pets/cat/a.png")).unwrap();
    fs::write(sandbox.path("pets/dog/cut.png"), &png[..png.len() / 2]).unwrap();
    fs::write(sandbox.path("pets/dog/empty.png"), "").unwrap();
    nix::unistd::mkfifo(&sandbox.path("pets/dog/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    symlink("nowhere", sandbox.path("pets/dog/link")).unwrap();
    refused(
        &sandbox,
        "pets mine",
        &[
            "11 files are not images",
            "pets/cat/note0.txt: no known image format",
            "and 6 more",
            "PNG, JPEG",
        ],
    );
}

#[test]
fn an_image_that_states_a_huge_size_is_refused() {
    let sandbox = Sandbox::new();
    pets(&sandbox, "pets");
    let bomb = |name: &str, width: u32, height: u32| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[0]).unwrap();
        drop(writer);
        fs::write(sandbox.path(name), bytes).unwrap();
    };
    bomb("pets/dog/long.png", 2_000_000, 1);
    bomb("pets/dog/wide.png", 30_000, 30_000);
    refused(
        &sandbox,
        "pets mine",
        &[
            "2 files",
            "long.png: a side is longer than 32768 pixels",
            "wide.png: larger than 512 MiB",
        ],
    );
}

#[test]
fn folders_of_another_form_are_refused() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("p")).unwrap();
    refused(&sandbox, "p mine", &["`p`: is empty", "one subfolder per class"]);
    write_image(&sandbox.path("p/a.png"), 2, 2, 0);
    refused(&sandbox, "p mine", &["has no class folders"]);
    write_image(&sandbox.path("p/cat/a.png"), 2, 2, 0);
    refused(&sandbox, "p mine", &["`a.png` lies beside the class folders"]);
    fs::remove_file(sandbox.path("p/a.png")).unwrap();
    refused(&sandbox, "p mine", &["only the class `cat`"]);
    fs::create_dir_all(sandbox.path("p/dog")).unwrap();
    refused(&sandbox, "p mine", &["`p/dog`: has no images"]);
    write_image(&sandbox.path("p/dog/small/a.png"), 2, 2, 0);
    refused(&sandbox, "p mine", &["`p/dog`: contains the folder `small`"]);
    sandbox.folder("idx");
    refused(
        &sandbox,
        "idx mine",
        &["has the four IDX files", "needs no import", "by its path: ./idx"],
    );
    let sandbox = Sandbox::new();
    for class in 0..257 {
        fs::create_dir_all(sandbox.path(&format!("p/{class}"))).unwrap();
        fs::write(sandbox.path(&format!("p/{class}/a")), "").unwrap();
    }
    refused(&sandbox, "p mine", &["more than 256 classes"]);
}

#[test]
fn a_phone_photograph_is_turned_as_its_file_says() {
    // EXIF orientation 6 in a little-endian TIFF header: turn clockwise by a quarter.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let sandbox = Sandbox::new();
    write_image(&sandbox.path("p/b/a.png"), 1, 2, 9);
    write_image(&sandbox.path("p/b/b.png"), 1, 2, 9);
    fs::create_dir_all(sandbox.path("p/a")).unwrap();
    for file in ["a.png", "b.png"] {
        let mut info = png::Info::with_size(2, 1);
        info.exif_metadata = Some(exif.as_slice().into());
        let mut bytes = Vec::new();
        let encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[10, 20]).unwrap();
        writer.finish().unwrap();
        fs::write(sandbox.path("p/a").join(file), bytes).unwrap();
    }
    let says = import(&sandbox, "p mine");
    assert!(says.contains("2x1 pixels"), "{says}");
    assert_eq!(sorted(&mine(&sandbox).test)[0], (0, vec![10, 20]));
}
