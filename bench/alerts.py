"""Suricata EVE alerts for the benchmarks: seeded, endless, shaped like a network's own.

Time moves forward by a steady step, so a million alerts tell of thirty days. Most are noise: one of
thousands of hosts against a long tail of addresses outside, under one of many rules. Hubs are what
makes correlation dear, so there are two: an address behind which a whole office hides (one alert in
ten), and a vulnerability scanner that visits every host (one in twenty). About two in a hundred
belong to attackers, who come back to the same few hosts for some hours with several rules.
"""

import json
import random

HOSTS = 6_000
OUTSIDE = 40_000
NAT = "10.0.0.40"
SCANNER = "10.0.0.77"
ATTACKERS_AT_ONCE = 12
STEP_MICROSECONDS = 2_592_000
BEGIN = 1_767_225_600  # 2026-01-01T00:00:00Z

# Rule, class, priority, ATT&CK technique and tactic or none, application protocol.
RULES = [
    ("POLICY Cleartext password in HTTP form", "Potential Corporate Privacy Violation", 1, None, "http"),
    ("POLICY Outdated browser reported by user agent", "Potential Corporate Privacy Violation", 1, None, "http"),
    ("POLICY Remote desktop session to the internet", "Potential Corporate Privacy Violation", 1, None, "rdp"),
    ("POLICY Tor relay directory fetch", "Misc activity", 3, ("T1090", "TA0011"), "tls"),
    ("INFO Query for a dynamic DNS domain", "Potentially Bad Traffic", 2, ("T1568", "TA0011"), "dns"),
    ("INFO Query for a newly registered domain", "Potentially Bad Traffic", 2, None, "dns"),
    ("INFO Self-signed certificate on an unusual port", "Misc activity", 3, None, "tls"),
    ("INFO Executable fetched over plain HTTP", "Potentially Bad Traffic", 2, ("T1105", "TA0011"), "http"),
    ("SCAN Sweep of SMB ports", "Attempted Information Leak", 2, ("T1046", "TA0007"), "smb"),
    ("SCAN Sweep of SSH ports", "Attempted Information Leak", 2, ("T1046", "TA0007"), "ssh"),
    ("SCAN Web application scanner user agent", "Web Application Attack", 1, ("T1595", "TA0043"), "http"),
    ("WEB Path traversal in request", "Web Application Attack", 1, ("T1190", "TA0001"), "http"),
    ("WEB SQL statement in parameter", "Web Application Attack", 1, ("T1190", "TA0001"), "http"),
    ("WEB Template expression in header", "Attempted Administrator Privilege Gain", 1, ("T1190", "TA0001"), "http"),
    ("MALWARE Periodic beacon with fixed size", "Malware Command and Control Activity Detected", 1, ("T1071", "TA0011"), "http"),
    ("MALWARE Known loader certificate", "Malware Command and Control Activity Detected", 1, ("T1573", "TA0011"), "tls"),
    ("MALWARE Stealer posts an archive", "A Network Trojan was detected", 1, ("T1041", "TA0010"), "http"),
    ("LATERAL Service created over a named pipe", "Attempted Administrator Privilege Gain", 1, ("T1021", "TA0008"), "smb"),
]
NOISE, ATTACK, SWEEP = RULES[:8], RULES[10:], RULES[8:11]


class Alerts:
    """The stream; the same seed gives the same alerts."""

    def __init__(self, seed=7):
        self.dice = random.Random(seed)
        self.number = 0
        self.attackers = []

    def batch(self, count):
        """The next alerts as one NDJSON body."""
        return "\n".join(self.line() for _ in range(count)).encode()

    def line(self):
        dice, number = self.dice, self.number
        self.number += 1
        roll = dice.random()
        if roll < 0.02:
            source, target, rules = self.attack()
        elif roll < 0.07:
            source, target, rules = SCANNER, host(dice.randrange(HOSTS)), SWEEP
        elif roll < 0.17:
            source, target, rules = NAT, self.outside(), NOISE
        else:
            source, target, rules = host(dice.randrange(HOSTS)), self.outside(), NOISE
        return json.dumps(self.event(number, source, target, dice.choice(rules)),
                          separators=(",", ":"))

    def outside(self):
        """Few addresses are met by many, most by hardly anybody."""
        rank = int(OUTSIDE ** self.dice.random())
        return f"{45 + rank % 7}.{rank // 256 % 256}.{rank % 256}.{1 + rank * 37 % 250}"

    def attack(self):
        """One of the attackers now at work; each leaves after some alerts and another comes."""
        dice = self.dice
        while len(self.attackers) < ATTACKERS_AT_ONCE:
            first = dice.randrange(HOSTS)
            self.attackers.append({
                "from": f"185.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}",
                "hosts": [host((first + n) % HOSTS) for n in range(dice.randint(1, 3))],
                "left": dice.randint(3, 30),
            })
        at = dice.randrange(len(self.attackers))
        attacker = self.attackers[at]
        attacker["left"] -= 1
        if attacker["left"] <= 0:
            del self.attackers[at]
        return attacker["from"], dice.choice(attacker["hosts"]), ATTACK

    def event(self, number, source, target, rule):
        title, category, priority, attack, app = rule
        dice = self.dice
        sid = 2_000_000 + RULES.index(rule)
        metadata = {"signature_severity": [("Critical", "Major", "Minor")[min(priority, 3) - 1]]}
        if attack:
            metadata["mitre_technique_id"], metadata["mitre_tactic_id"] = [attack[0]], [attack[1]]
        port = {"http": 80, "tls": 443, "dns": 53, "ssh": 22, "smb": 445, "rdp": 3389}[app]
        at = moment(number)
        event = {
            "timestamp": at, "flow_id": 10**15 + number, "in_iface": "eth1",
            "event_type": "alert", "src_ip": source, "src_port": dice.randrange(1024, 65535),
            "dest_ip": target, "dest_port": port, "proto": "UDP" if app == "dns" else "TCP",
            "tx_id": 0, "app_proto": app, "direction": "to_server",
            "alert": {
                "action": "allowed", "gid": 1, "signature_id": sid, "rev": 3, "signature": title,
                "category": category, "severity": priority, "metadata": metadata,
            },
            "flow": {
                "pkts_toserver": dice.randrange(1, 40), "pkts_toclient": dice.randrange(40),
                "bytes_toserver": dice.randrange(60, 9000),
                "bytes_toclient": dice.randrange(90_000),
                "start": moment(number - 1), "src_ip": source, "dest_ip": target,
            },
        }
        name = f"{target.replace('.', '-')}.site.example"
        if app == "http":
            event["http"] = {
                "hostname": name, "url": f"/app/{dice.randrange(10_000)}?id={number}",
                "http_user_agent": "Mozilla/5.0 (X11; Linux x86_64)", "http_method": "GET",
                "protocol": "HTTP/1.1", "status": 200, "length": dice.randrange(50_000),
            }
        elif app == "tls":
            event["tls"] = {
                "sni": name, "version": "TLS 1.3", "subject": f"CN={name}",
                "ja3": {"hash": f"{dice.getrandbits(128):032x}"},
            }
        elif app == "dns":
            event["dns"] = {
                "type": "query", "id": dice.randrange(65536), "rrname": name, "rrtype": "A",
            }
        return event


def host(number):
    return f"10.{20 + number // 250 // 100}.{number // 250 % 100}.{2 + number % 250}"


def moment(number):
    """The EVE form of a moment, to the microsecond."""
    seconds, micros = divmod(number * STEP_MICROSECONDS + number * 7919 % 1000, 1_000_000)
    days, rest = divmod(BEGIN + seconds, 86_400)
    year, month, day = civil(days)
    return (f"{year:04}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:"
            f"{rest % 60:02}.{micros:06}+0000")


def civil(days):
    """Days since 1970 to a date; far quicker than building a datetime per alert."""
    days += 719_468
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


if __name__ == "__main__":
    stream = Alerts()
    for _ in range(10):
        print(stream.line())
