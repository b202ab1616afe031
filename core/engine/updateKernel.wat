;; The loops of the update (updateKernel.ts): in JavaScript they take four times as long as memory does. After a
;; change, run `npx vitest run test/engine/updater.test.ts -u`, which writes updateKernelBinary.ts anew.
;; All numbers are in bytes; the arrays are floats, each in a memory of its own.
(module
  (import "state" "weights" (memory $weights 0 65536 shared))
  (import "state" "momentum" (memory $momentum 0 65536 shared))
  (import "state" "gradients" (memory $gradients 0 65536 shared))
  (import "state" "scratch" (memory $scratch 0 65536 shared))

  ;; v ← μv + (g + λw), w ← w − ηv for weights and momenta from start to end. The gradients begin at $gradient; those of
  ;; one cell's taps lie a plane apart.
  (func (export "step")
    (param $start i32) (param $end i32) (param $gradient i32) (param $taps i32) (param $plane i32)
    (param $rate f32) (param $mu f32) (param $decay f32)
    (local $w f32) (local $v f32) (local $place i32) (local $stop i32)
    (local $w4 v128) (local $v4 v128) (local $rate4 v128) (local $mu4 v128) (local $decay4 v128)
    (if (i32.eq (local.get $taps) (i32.const 1)) (then
      (local.set $rate4 (f32x4.splat (local.get $rate)))
      (local.set $mu4 (f32x4.splat (local.get $mu)))
      (local.set $decay4 (f32x4.splat (local.get $decay)))
      (block $few (loop $four
        (br_if $few (i32.lt_u (i32.sub (local.get $end) (local.get $start)) (i32.const 16)))
        (local.set $w4 (v128.load $weights (local.get $start)))
        (local.set $v4 (f32x4.add
          (f32x4.mul (local.get $mu4) (v128.load $momentum (local.get $start)))
          (f32x4.add (v128.load $gradients (local.get $gradient)) (f32x4.mul (local.get $decay4) (local.get $w4)))))
        (v128.store $momentum (local.get $start) (local.get $v4))
        (v128.store $weights (local.get $start)
          (f32x4.sub (local.get $w4) (f32x4.mul (local.get $rate4) (local.get $v4))))
        (local.set $start (i32.add (local.get $start) (i32.const 16)))
        (local.set $gradient (i32.add (local.get $gradient) (i32.const 16)))
        (br $four)))))
    (block $done (loop $cell
      (br_if $done (i32.ge_u (local.get $start) (local.get $end)))
      (local.set $place (local.get $gradient))
      (local.set $stop (i32.add (local.get $gradient) (i32.mul (local.get $taps) (local.get $plane))))
      (loop $tap
        (local.set $w (f32.load $weights (local.get $start)))
        (local.set $v (f32.add
          (f32.mul (local.get $mu) (f32.load $momentum (local.get $start)))
          (f32.add (f32.load $gradients (local.get $place)) (f32.mul (local.get $decay) (local.get $w)))))
        (f32.store $momentum (local.get $start) (local.get $v))
        (f32.store $weights (local.get $start)
          (f32.sub (local.get $w) (f32.mul (local.get $rate) (local.get $v))))
        (local.set $start (i32.add (local.get $start) (i32.const 4)))
        (local.set $place (i32.add (local.get $place) (local.get $plane)))
        (br_if $tap (i32.lt_u (local.get $place) (local.get $stop))))
      (local.set $gradient (i32.add (local.get $gradient) (i32.const 4)))
      (br $cell))))

  ;; gradients ← gradients + scratch from start to end.
  (func (export "add") (param $start i32) (param $end i32)
    (block $few (loop $four
      (br_if $few (i32.lt_u (i32.sub (local.get $end) (local.get $start)) (i32.const 16)))
      (v128.store $gradients (local.get $start)
        (f32x4.add (v128.load $gradients (local.get $start)) (v128.load $scratch (local.get $start))))
      (local.set $start (i32.add (local.get $start) (i32.const 16)))
      (br $four)))
    (block $done (loop $one
      (br_if $done (i32.ge_u (local.get $start) (local.get $end)))
      (f32.store $gradients (local.get $start)
        (f32.add (f32.load $gradients (local.get $start)) (f32.load $scratch (local.get $start))))
      (local.set $start (i32.add (local.get $start) (i32.const 4)))
      (br $one)))))
