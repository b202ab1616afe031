;; The inner loops of a training crop (cropKernel.ts), four floats at a time: in JavaScript they take longer than
;; decoding leaves time for. After a change, run `npx vitest run test/pipeline/cropKernel.test.ts -u`, which writes
;; cropKernelBinary.ts again. Addresses and strides are in bytes.
(module
  (memory (export "memory") 1)

  ;; row[i] = Σ weights[k] · source[k · stride + i] for i in 0 … length−1: the vertical filter.
  ;; row: floats, room for `length` rounded up to 16; source: bytes, readable to 15 beyond the last; weights: floats.
  (func (export "mixRows")
    (param $row i32) (param $length i32)
    (param $source i32) (param $stride i32) (param $weights i32) (param $taps i32)
    (local $end i32) (local $from i32) (local $weight i32) (local $lastWeight i32)
    (local $factor v128) (local $bytes v128) (local $words v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $source) (local.get $length)))
    (local.set $lastWeight (i32.add (local.get $weights) (i32.shl (local.get $taps) (i32.const 2))))
    (loop $block
      (local.set $a (v128.const f32x4 0 0 0 0))
      (local.set $b (v128.const f32x4 0 0 0 0))
      (local.set $c (v128.const f32x4 0 0 0 0))
      (local.set $d (v128.const f32x4 0 0 0 0))
      (local.set $from (local.get $source))
      (local.set $weight (local.get $weights))
      (loop $tap
        (local.set $factor (v128.load32_splat (local.get $weight)))
        (local.set $bytes (v128.load (local.get $from)))
        (local.set $words (i16x8.extend_low_i8x16_u (local.get $bytes)))
        (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $factor)
          (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $words))))))
        (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $factor)
          (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $words))))))
        (local.set $words (i16x8.extend_high_i8x16_u (local.get $bytes)))
        (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $factor)
          (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $words))))))
        (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $factor)
          (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $words))))))
        (local.set $from (i32.add (local.get $from) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (i32.lt_u (local.get $weight) (local.get $lastWeight))))
      (v128.store (local.get $row) (local.get $a))
      (v128.store offset=16 (local.get $row) (local.get $b))
      (v128.store offset=32 (local.get $row) (local.get $c))
      (v128.store offset=48 (local.get $row) (local.get $d))
      (local.set $row (i32.add (local.get $row) (i32.const 64)))
      (local.set $source (i32.add (local.get $source) (i32.const 16)))
      (br_if $block (i32.lt_u (local.get $source) (local.get $end)))))

  ;; For each of `count` pixels: RGB = Σ weights[k] · row[start + 3k …], then RGB · factor + offset, one channel into
  ;; each of three planes: the horizontal filter and the normalization.
  ;; starts: `count` byte offsets into row; weights: count × taps floats; affine: four floats of factor, four of offset;
  ;; out: the first pixel's red; step: bytes from pixel to pixel, −4 mirrors.
  (func (export "writeRow")
    (param $row i32) (param $starts i32) (param $count i32) (param $weights i32) (param $taps i32)
    (param $affine i32) (param $out i32) (param $step i32) (param $plane i32)
    (local $end i32) (local $from i32) (local $lastWeight i32)
    (local $factor v128) (local $offset v128) (local $sum v128)
    (local.set $factor (v128.load (local.get $affine)))
    (local.set $offset (v128.load offset=16 (local.get $affine)))
    (local.set $taps (i32.shl (local.get $taps) (i32.const 2)))
    (local.set $end (i32.add (local.get $starts) (i32.shl (local.get $count) (i32.const 2))))
    (loop $pixel
      (local.set $from (i32.add (local.get $row) (i32.load (local.get $starts))))
      (local.set $lastWeight (i32.add (local.get $weights) (local.get $taps)))
      (local.set $sum (v128.const f32x4 0 0 0 0))
      (loop $tap
        (local.set $sum (f32x4.add (local.get $sum)
          (f32x4.mul (v128.load32_splat (local.get $weights)) (v128.load (local.get $from)))))
        (local.set $from (i32.add (local.get $from) (i32.const 12)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 4)))
        (br_if $tap (i32.lt_u (local.get $weights) (local.get $lastWeight))))
      (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $factor)) (local.get $offset)))
      (v128.store32_lane 0 (local.get $out) (local.get $sum))
      (v128.store32_lane 1 (i32.add (local.get $out) (local.get $plane)) (local.get $sum))
      (v128.store32_lane 2 (i32.add (local.get $out) (i32.shl (local.get $plane) (i32.const 1))) (local.get $sum))
      (local.set $out (i32.add (local.get $out) (local.get $step)))
      (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
      (br_if $pixel (i32.lt_u (local.get $starts) (local.get $end)))))

  ;; Likewise RGB = Σ weights[k] · row[start + 3k …] for each of `count` pixels, rounded to bytes side by side.
  (func (export "writeLevels")
    (param $row i32) (param $starts i32) (param $count i32) (param $weights i32) (param $taps i32) (param $out i32)
    (local $end i32) (local $from i32) (local $lastWeight i32) (local $sum v128)
    (local.set $taps (i32.shl (local.get $taps) (i32.const 2)))
    (local.set $end (i32.add (local.get $starts) (i32.shl (local.get $count) (i32.const 2))))
    (loop $pixel
      (local.set $from (i32.add (local.get $row) (i32.load (local.get $starts))))
      (local.set $lastWeight (i32.add (local.get $weights) (local.get $taps)))
      (local.set $sum (v128.const f32x4 0.5 0.5 0.5 0.5))
      (loop $tap
        (local.set $sum (f32x4.add (local.get $sum)
          (f32x4.mul (v128.load32_splat (local.get $weights)) (v128.load (local.get $from)))))
        (local.set $from (i32.add (local.get $from) (i32.const 12)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 4)))
        (br_if $tap (i32.lt_u (local.get $weights) (local.get $lastWeight))))
      (local.set $sum (i32x4.trunc_sat_f32x4_u (local.get $sum)))
      (v128.store8_lane 0 (local.get $out) (local.get $sum))
      (v128.store8_lane offset=1 4 (local.get $out) (local.get $sum))
      (v128.store8_lane offset=2 8 (local.get $out) (local.get $sum))
      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
      (br_if $pixel (i32.lt_u (local.get $starts) (local.get $end))))))
