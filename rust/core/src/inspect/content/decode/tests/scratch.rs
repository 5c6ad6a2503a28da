use super::super::layer::Layer;
use super::super::scratch::{BUFFER_MAX, BUFFERS_MAX, ITEMS_MAX, LEVELS_MAX, Mark, Space};
use super::*;

/// The memory of one request serves the next, as far as it is worth keeping.
#[test]
fn what_is_kept_is_used_again_and_bounded() {
    let mut scratch = Scratch::default();
    for _ in 0..BUFFERS_MAX + 2 {
        scratch.keep_buffer(Vec::with_capacity(BUFFER_MAX + 1));
    }
    assert_eq!(scratch.buffer().capacity(), 0, "too long to be kept");
    for _ in 0..BUFFERS_MAX + 2 {
        scratch.keep_buffer(b"left".to_vec());
    }
    let kept: Vec<_> = (0..=BUFFERS_MAX).map(|_| scratch.buffer()).collect();
    assert!(kept.iter().all(Vec::is_empty));
    let worth = kept.iter().filter(|buffer| buffer.capacity() > 0);
    assert_eq!(worth.count(), BUFFERS_MAX);
    scratch.keep_buffer(b"left".to_vec());
    assert_eq!(scratch.text().capacity(), 4);

    let level = |items: usize| Vec::<Layer<'_>>::with_capacity(items);
    for items in [ITEMS_MAX, ITEMS_MAX + 1] {
        scratch.keep_level(level(items));
        let kept = if items > ITEMS_MAX { 0 } else { items };
        assert_eq!(scratch.level().capacity(), kept);
    }
    for _ in 0..LEVELS_MAX + 2 {
        scratch.keep_level(level(3));
    }
    let kept = (0..=LEVELS_MAX).map(|_| scratch.level());
    assert_eq!(kept.filter(|l| l.capacity() > 0).count(), LEVELS_MAX);
    // The buffers of its layers, too.
    scratch.keep_level(vec![Layer::root(Cow::Owned(b"bytes".to_vec()), "form")]);
    assert_eq!(scratch.buffer().capacity(), 5);

    scratch.keep_marks(Vec::with_capacity(7));
    assert_eq!(scratch.marks().capacity(), 7);
    assert_eq!(scratch.marks().capacity(), 0);
    let mark = Mark {
        key_end: 1,
        value_end: 2,
        changed: false,
    };
    scratch.keep_marks(vec![mark; ITEMS_MAX]);
    assert!(scratch.marks().is_empty());
    scratch.keep_space(Space {
        open: Vec::with_capacity(2),
        keys: vec!["key".into()],
        fields: vec![("key".into(), "value".into())],
    });
    let space = scratch.space();
    let capacities = (
        space.open.capacity(),
        space.keys.capacity(),
        space.fields.capacity(),
    );
    assert_eq!(capacities, (2, 1, 1));
    assert!(space.keys.is_empty() && space.fields.is_empty());
}
