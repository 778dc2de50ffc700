use super::*;

#[test]
fn lines_of_proc_bus_pci_devices() {
    let devices = pci("0000\t1b360008\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t\n\
        0010\t808610d3\t12\t        10000000\t        10020000\t            1081\t        10040000\t0\t0\t0\t\
        20000\t20000\t20\t4000\t0\t0\t0\te1000e\r\n");
    let (domain, device) = &devices[1];
    assert_eq!((devices.len(), *domain, device.driver.as_deref()), (2, None, Some("e1000e")));
    assert_eq!(device.bars[3], memory(0x1004_0000, 0x4000));
}

#[test]
fn pcidev_lines_of_a_log() {
    let devices = pci("VERSION 20070824\n\
        PCIDEV 0018 808610d3 b feb80000 feba0000 c081 febc0000 0 0 feb40000 20000 20000 20 4000 0 0 40000 e1000e\n\
        MAP 1.000000 1 0xfeb80000 0xffffc90000000000 0x20000 0x0 0\n");
    assert_eq!(devices[0].1.slot().to_string(), "00:03.0");
    assert_eq!(devices[0].1.bars[ROM], memory(0xfeb4_0000, 0x4_0000));
}

#[test]
fn a_file_of_something_else_is_refused_with_what_it_should_be() {
    let mut places = Places::default();
    for text in ["", "R 4 1.000000 1 0xf6000000 0x1 0x0 0\n", "08000000-0800ffff : GICD\n"] {
        assert_eq!(places.add_pci(text.as_bytes()), Err(PlacesError::NoPciDevice), "{text}");
    }
    let error = PlacesError::NoPciDevice.to_string();
    assert!(["/proc/bus/pci/devices", "`lspci -vv`", "`info pci`"].iter().all(|name| error.contains(name)));
}

#[test]
fn devices_without_a_bar_are_refused() {
    let mut places = Places::default();
    for text in [
        "00:00.0 Host bridge: Intel Corporation 82G33/G31/P35/P31 Express DRAM Controller\n\
         00:03.0 Ethernet controller: Intel Corporation 82574L Gigabit Network Connection\n",
        "  Bus  0, device   3, function 0:\n    Ethernet controller: PCI device 8086:10d3\n      \
         BAR0: 32 bit memory at 0xffffffffffffffff [0x0001fffe].\n",
        "0000\t808629c0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t\n",
    ] {
        assert_eq!(places.add_pci(text.as_bytes()), Err(PlacesError::NoBar), "{text}");
    }
    assert!(places.pci.is_empty());
}
