//! Bytes that are nearly what a client says.

use crate::stage::Stage;

/// Has Eve send frames that she said before, each with fewer bytes or another one.
pub(crate) fn make_noise(stage: &mut Stage) {
    stage.play("drop eve; run 40000; connect eve");
    let mut said = Vec::new();
    let index = stage.world.index("eve").unwrap();
    stage.play("set eve r k [1,{\"a\":\"b\"}]; presence eve r {\"x\":1}");
    for _ in 0..4 {
        said.extend(stage.world.link("eve").unwrap().up.iter().cloned());
        stage.play("up eve; down eve; tick 100");
    }
    assert!(said.len() >= 4, "a greeting, a join, a push and presence: {said:?}");
    let spoiled = said.iter().flat_map(|frame| {
        let cut = (0..frame.len()).map(|end| frame[..end].to_vec());
        let changed = (0..frame.len()).flat_map(|at| [0, 0x7f, 0x80, 0xff].map(|byte| (at, byte)));
        cut.chain(changed.map(|(at, byte)| {
            let mut frame = frame.clone();
            frame[at] = byte;
            frame
        }))
    });
    for frame in spoiled {
        stage.play("quiet");
        stage.revive();
        stage.play("settle");
        if let Some(link) = &mut stage.world.clients[index].link {
            link.up.push_back(frame);
        }
        stage.play("settle");
    }
    stage.play("loud");
}
