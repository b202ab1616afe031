/**
 * Environment for processes that train: glibc then asks Linux for huge pages where much is allocated at once, which
 * saves a training step some 3% of its time. It reads this when a process starts, and not again.
 */
export const hugePages: Readonly<Record<string, string>> =
  process.platform === 'linux' && process.env['GLIBC_TUNABLES'] === undefined
    ? { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }
    : {}
