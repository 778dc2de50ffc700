# A device that does the same in every run: its raw pages and its text say the same, polls end when the device is
# ready, and the process of each access is known. A watchdog beside it, for its few accesses.
# shellcheck shell=sh disable=SC2034
kernel=6.1
own=yes
modules=i6300esb
qemu="-device edu,addr=2 -device i6300esb,addr=3"

in_guest() {
    record basics_raw.mmio.zst "edu basics"
    record basics_text.mmio.zst "edu basics" --source text
    record edu.mmio.zst "edu factorial && edu dma"
    record i6300esb.mmio.zst "modprobe i6300esb && rmmod i6300esb"
    record i6300esb_text.mmio.zst "modprobe i6300esb && rmmod i6300esb" --source text
}

edu() {
    modprobe edu_exercise exercise="$1"
    rmmod edu_exercise
}

# What must be the same however it is recorded: operation, width, address, value.
same() {
    text "$1" | awk '$1 ~ /^(R|W)$/ { print $1, $2, $5, $6 } $1 == "MAP" { print $1, $4, $6 } $1 == "UNMAP" { print $1 }'
}

on_host() {
    local first second
    for file in basics_raw basics_text edu i6300esb i6300esb_text; do
        flawless $file.mmio.zst
    done
    # 1 identification, 5 × 2 inversions, 8 × 4 of interrupts.
    equal "accesses of the basics" 43 "$(count accesses basics_raw.mmio.zst)"
    equal "accesses of i6300esb" 15 "$(count accesses i6300esb.mmio.zst)"
    for pair in "basics_raw basics_text" "i6300esb i6300esb_text"; do
        first=${pair% *} second=${pair#* }
        same "$first.mmio.zst" >first
        same "$second.mmio.zst" >second
        cmp first second || fail "$first and $second differ"
    done
    accesses edu.mmio.zst --reg +0x20 --op R >status.csv
    at_least "reads of a busy device" 10 "$(grep -c ',R,4,0x1,' status.csv)"
    mmio-analyze patterns edu.mmio.zst >patterns.txt
    contains patterns.txt 'poll +\+0x20 .*bit 0 clear in the last'
    contains patterns.txt 'poll +\+0x98 .*bit 0 clear in the last'
}
