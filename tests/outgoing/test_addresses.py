"""The whole list of ways to make a server call its own network: every one is refused before anything is connected."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import OutgoingRefused, SettingsError
from touchline.outgoing import Policy, Target, refusal

#: Addresses that a host name may lead to, and that nobody may make us call.
INSIDE = [
    "127.0.0.1", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.170.2", "169.254.0.1",
    "100.64.0.1", "100.100.100.200", "100.127.255.255", "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1", "::127.0.0.1", "::ffff:93.184.215.14", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1", "64:ff9b:1::127.0.0.1", "64:ff9b:1::5db8:d70e", "2002:7f00:1::", "2002:a9fe:a9fe::",
    "2002:0a00:0001::", "2002:5db8:d70e::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1", "fe80::1",
    "fe80::1%eth0", "febf::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", "fec0::1", "ff02::1", "ff0e::1",
    "100::1", "2001:db8::1", "3fff::1", "5f00::1", "4000::1", "2600:1f18::5efe:7f00:1",
    "2600:1f18::200:5efe:a9fe:a9fe",
]  # fmt: skip

PUBLIC = ["93.184.215.14", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "169.253.1.1",
          "2606:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::5db8:d70e"]  # fmt: skip

#: URLs that hide where they lead, or that two programs read in two ways.
HIDDEN = [
    # numbers in other forms: short, decimal, octal, hexadecimal, mixed, too large, padded
    "https://127.1/", "https://127.0.1/", "https://0/", "https://2130706433/", "https://017700000001/",
    "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://0x7f.0x0.0x0.0x1/",
    "https://127.0.0.01/", "https://0x/", "https://127.0x1/", "https://169.254.43518/", "https://2852039166/",
    "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://425.510.425.510/", "https://4294967297/",
    "https://0000000127.0.0.1/", "https://1.2.3.4.5/", "https://example.0x1/",
    # digits and dots that only look otherwise
    "https://１２７.０.０.１/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://127．0．0．1/",
    "https://¹²⁷.⁰.⁰.¹/", "https://127.0.0.1./",
    # IPv6: cards, junk
    "https://[fe80::1%25eth0]/", "https://[::1%eth0]/", "https://[127.0.0.1]/", "https://[::g]/", "https://[/",
    # names of users, separators, control characters
    "https://example.com@127.0.0.1/", "https://127.0.0.1@example.com/", "https://user:pass@example.com/",
    "https://example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/", "https://example.com\t.evil/",
    "https://exam\nple.com/", "https://example.com\r\nHost: 127.0.0.1/", "https://example.com /", " https://example.com/",
    "https://example.com\x00.evil/", "https://exam%70le.com/", "https://127.0.0.1%2f@example.com/",
    # other schemes
    "file:///etc/passwd", "gopher://127.0.0.1:25/_", "ftp://example.com/", "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/", "jar:https://example.com!/", "data:text/plain,x", "unix:///run/docker.sock", "//example.com/",
    "javascript:alert(1)", "", "https://", "https:///path", "https://:443/", "https://.example.com/", "https://-a.com/",
    "https://example..com/", "https://" + "a" * 64 + ".com/", "https://example.com:99999/", "https://example.com:x/",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_public_is_refused(address, wire):
    assert refusal(address)
    client, done = wire([address])
    with pytest.raises(OutgoingRefused):
        client.send("POST", "https://hooks.example.com/x", body=b"{}")
    assert done.connected == []


@pytest.mark.parametrize("address", [a for a in INSIDE if "%" not in a])
def test_an_address_in_the_url_is_refused_too(address, wire):
    client, done = wire([address])
    written = f"[{address}]" if ":" in address else address
    with pytest.raises(OutgoingRefused):
        client.send("GET", f"https://{written}/latest/meta-data/")
    assert done.connected == []


@pytest.mark.parametrize("url", HIDDEN)
def test_a_url_that_hides_where_it_leads_is_refused_before_it_is_looked_up(url, wire):
    client, done = wire(["93.184.215.14"])
    with pytest.raises(OutgoingRefused):
        client.send("GET", url)
    assert (done.looked_up, done.connected) == ([], [])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(address):
    assert refusal(address) == ""


def test_one_address_inside_among_public_ones_refuses_all(wire):
    client, done = wire(["93.184.215.14", "2606:4700::1111", "10.0.0.1"])
    with pytest.raises(OutgoingRefused, match="private"):
        client.send("GET", "https://hooks.example.com/")
    assert done.connected == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "unencrypted"),
        ("https://example.com:22/", "port 22"),
        ("https://example.com:6379/", "port 6379"),
        ("https://example.com:80/", "port 80"),
    ],
)
def test_other_ports_and_plain_http_are_refused_before_a_look_up(url, why, wire):
    client, done = wire()
    with pytest.raises(OutgoingRefused, match=why):
        client.send("GET", url)
    assert (done.looked_up, done.connected) == ([], [])


@given(st.ip_addresses(v=4))
def test_what_is_called_is_what_the_registry_calls_global(address):
    if refusal(str(address)) == "":
        assert address.is_global
    for form in (f"::ffff:{address}", str(ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80))):
        assert refusal(form), "an IPv4 address in disguise is never called"
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | int(address))
    assert bool(refusal(str(translated))) == bool(refusal(str(address)))


@given(st.ip_addresses(v=4))
def test_a_number_is_read_in_one_form_only(address):
    assert Target.of(f"https://{address}/").host == str(address)
    for hidden in (str(int(address)), hex(int(address)), "0" + oct(int(address))[2:]):
        with pytest.raises(OutgoingRefused):
            Target.of(f"https://{hidden}/")


def test_an_operator_opens_a_receiver_by_name_or_by_network():
    named = Policy.of(["http://hooks.internal:8080"])
    hook = Target.of("http://HOOKS.internal:8080/x")
    named.check_before(hook)
    assert named.checked(hook, ["10.1.2.3"]) == ("10.1.2.3",)
    for other in ("http://hooks.internal:8081/", "https://hooks.internal:8080/", "http://other.internal:8080/"):
        with pytest.raises(OutgoingRefused):
            named.check_before(Target.of(other))
    net = Policy.from_environment({"TOUCHLINE_OUTGOING_ALLOW": "10.1.0.0/16, https://[fd00::7]"})
    assert net.checked(Target.of("https://a.internal/"), ["10.1.2.3"]) == ("10.1.2.3",)
    assert net.checked(Target.of("https://[fd00::7]/"), ["fd00::7"]) == ("fd00::7",)
    with pytest.raises(OutgoingRefused, match="private"):
        net.checked(Target.of("https://a.internal/"), ["10.2.2.3"])


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1",
                                     "0.0.0.0", "224.0.0.1", "::ffff:169.254.169.254"])  # fmt: skip
def test_no_allow_list_opens_the_metadata_of_a_cloud(address):
    host = f"[{address}]" if ":" in address else address
    policy = Policy.of([f"http://{host}", "0.0.0.0/0", "::/0"])
    with pytest.raises(OutgoingRefused):
        policy.checked(Target.of(f"http://{host}/"), [address])


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "hooks.internal", "ftp://a", "https://a/path", "https://u@a"])
def test_an_entry_that_is_no_receiver_is_told(entry):
    with pytest.raises(SettingsError, match="TOUCHLINE_OUTGOING_ALLOW"):
        Policy.of([entry])
