"""What the words of the reference table of activities stand for among our things and concepts."""

from __future__ import annotations

Cells = dict[str, str]

SEEDS = {
    "seed0": "coe-cybersouth-plus-page",
    "seed1": "coe-cybersouth-plus-launch",
    "seed3": "pogar-casablanca-2007-report",
}
"""Rows that repeat one of the four documents, recorded from the document itself."""

ACTIVITIES = {
    "act-cproc-jo2014": "2014-11-18-bucharest-jordan-visit",
    "act-cs-247-2021": "2021-04-contact-points-workshop",
    "act-cs-briefing2019": "2019-02-bucharest-embassies-briefing",
    "act-cs-closing": "2023-12-14-bucharest-cybersouth-closing",
    "act-cs-dz-manual2019": "2019-06-16-algiers-manual-working-group",
    "act-cs-jo-jud2019": "amman-basic-judicial-training",
    "act-cs-jo-le2019": "2019-12-12-amman-law-enforcement-follow-up",
    "act-cs-jo-leg2019": "amman-legal-framework-training",
    "act-cs-jo-proc2020": "2020-10-20-jordan-procedural-law",
    "act-cs-jo-ws2018": "2018-10-08-amman-budapest-convention",
    "act-cs-launch": "2018-03-21-tunis-cybersouth-launch",
    "act-cs-lb-isf2018": "2018-12-14-beirut-magistrates-electronic-evidence",
    "act-cs-lb-jt2018": "2018-09-11-beirut-judicial-training",
    "act-cs-lb-sop2020": "2020-10-01-lebanon-first-responders",
    "act-cs-lb-visit2018": "2018-05-lebanon-specialised-units",
    "act-cs-ma-adv2018": "2018-10-02-rabat-advanced-judicial-training",
    "act-cs-ma-le2019": "2019-12-09-rabat-law-enforcement-follow-up",
    "act-cs-rabat2019": "2019-04-rabat-situation-report",
    "act-cs-sc3": "2019-07-09-strasbourg-steering-committee",
    "act-cs-strasbourg2018": "2018-strasbourg-judicial-training",
    "act-cs-tn-intro2018": "2018-11-12-tunis-introductory-judicial-course",
    "act-cs-tn-le2019": "2019-12-03-tunis-law-enforcement-follow-up",
    "act-cs-tn-manual2019": "2019-06-10-tunis-manual-working-group",
    "act-cs-tn-sitrep2020": "2020-11-05-tunisia-situation-report",
    "act-csp-dz-tot": "2024-05-13-kolea-training-of-trainers",
    "act-csp-first-responders": "2025-04-15-tunis-first-responders",
    "act-csp-launch": "2024-04-17-lisbon-cybersouth-plus-launch",
    "act-csp-ma-1ap": "2024-05-23-rabat-first-protocol",
    "act-csp-ma-darkweb": "2024-05-21-casablanca-dark-web",
    "act-csp-ma-tot": "morocco-training-of-trainers-magistrates",
    "act-other-eupol2019": "2019-06-13-amman-palestinian-judges",
    "act-other-unodc2018": "2018-04-03-carthage-cybercrime-training",
    "act-other-velletri2017": "2017-03-20-velletri-terrorist-cases",
    "act-pogar-cairo2005": "2005-05-17-cairo-launching-conference",
    "act-pogar-casa2007": "2007-06-19-casablanca-cybercrime-conference",
    "act-pogar-rabat2006": "2006-02-24-rabat-organised-crime-conference",
    "act-ransomware2022": "2022-11-03-the-hague-ransomware",
}
MANUAL = "First meeting of the working group on a manual on cybercrime and electronic evidence"
SITUATION_REPORT = (
    "National workshop on the preparation of the cybercrime and e-evidence situation (annual) report, Tunisia"
)
TERRORISM = "Use of the Internet to investigate and prosecute terrorist cases"
TRAINERS = "Training of trainers on cybercrime and electronic evidence for magistrates"
UNODC = "Joint training on international cooperation in the prevention and prosecution of cybercrime"
VISIT = "Study visit of specialized units on cybercrime in Lebanon"
TITLES = {
    ("act-cs-dz-manual2019", "eun_manual"): {"prefLabel@en": MANUAL},
    ("act-cs-lb-jt2018", "coe_lb2018"): {"prefLabel@en": "Judicial training on cybercrime and electronic evidence"},
    ("act-cs-lb-visit2018", "eun_lbvisit"): {"prefLabel@en": VISIT},
    ("act-cs-ma-adv2018", "eun_rabat2018"): {"prefLabel@en": "Training Session on Cybercrime and Digital Evidence"},
    ("act-cs-strasbourg2018", "euromed_blog"): {"prefLabel@fr": "Réunion sur l’adaptation de la formation judiciaire"},
    ("act-cs-tn-manual2019", "eun_manual"): {"prefLabel@en": MANUAL},
    ("act-cs-tn-sitrep2020", "eun_sitrep"): {"prefLabel@en": SITUATION_REPORT},
    ("act-csp-launch", "seed1"): {"termUsed@en": "launching event"},
    ("act-csp-ma-tot", "tot_ma"): {"prefLabel@en": TRAINERS},
    ("act-other-eupol2019", "eupol_ps"): {"prefLabel@en": "Cybercrime training at the Judicial Institute of Jordan"},
    ("act-other-unodc2018", "unodc_tnjo"): {"prefLabel@en": UNODC},
    ("act-other-velletri2017", "unodc_velletri"): {"prefLabel@en": TERRORISM},
    ("act-pogar-cairo2005", "seed3"): {"prefLabel@en": "Launching conference"},
}
"""Titles in the words of the source, where the table has the curator's."""

KINDS = {
    "assessment": "assessment",
    "briefing": "briefing",
    "conference": "conference",
    "meeting": "meeting",
    "steering committee": "steering-committee-meeting",
    "study visit": "study-visit",
    "training": "training",
    "training of trainers": "training-of-trainers",
    "working group": "working-group-meeting",
    "workshop": "workshop",
}
PLACES = {
    "": "",
    "Algiers": "algiers",
    "Amman": "amman",
    "Beirut": "beirut",
    "Bucharest": "bucharest",
    "Cairo": "cairo",
    "Carthage (Salammbô)": "carthage",
    "Casablanca": "casablanca",
    "Kolea": "kolea",
    "Lisbon": "lisbon",
    "Lisbon (Ismaili Centre)": "lisbon",
    "Rabat": "rabat",
    "Strasbourg": "strasbourg",
    "The Hague": "the-hague",
    "Tunis": "tunis",
    "Velletri": "velletri",
    "online": "",
}
COUNTRY_SAID_BY = {
    "casablanca": "coe-cybersouth-plus-page",
    "kolea": "coe-cybersouth-plus-page",
    "lisbon": "coe-cybersouth-plus-launch",
    "rabat": "coe-cybersouth-plus-page",
}
"""Places whose country a document states; for the others the editors do."""

OURS = "cybercoop-editors"
OFFICE = "cybercrime-programme-office"
ORGANISERS: dict[str, Cells] = {
    "": {},
    "Algerian High School for Magistrates": {"source": OURS, "host": "high-school-for-magistrates-dz"},
    "C-PROC": {"host": OFFICE},
    "C-PROC and EUROJUST": {"organiser": f"{OFFICE} | eurojust"},
    "C-PROC with the support of the North-South Centre of the Council of Europe": {
        "organiser": OFFICE,
        "supporter": "north-south-centre",
    },
    "C-PROC, in the framework of the Octopus Conference": {"organiser": OFFICE},
    "Council of Europe": {"organiser": "council-of-europe"},
    "Council of Europe North-South Centre": {"organiser": "north-south-centre"},
    "Council of Europe with the Embassy of Lebanon in Romania": {
        "organiser": "council-of-europe | embassy-of-lebanon-in-romania"
    },
    "CyberSouth and GLACY+ with INTERPOL": {
        "organiser": "interpol",
        "partOf": "project/cybersouth | project/glacy-plus",
    },
    "High School of Magistrates of Morocco": {"organiser": "higher-institute-of-magistracy-ma"},
    "Institut Supérieur de la Magistrature": {"host": "higher-institute-of-magistracy-{country}"},
    "Internal Security Forces": {"organiser": "internal-security-forces-lb"},
    "Internal Security Forces (ISF) cyber division": {"host": "cyber-division-internal-security-forces-lb"},
    "Jordan Armed Forces": {"host": "jordan-armed-forces"},
    "Judicial Institute of Jordan": {"host": "judicial-institute-jo"},
    "Ministry of Justice of Morocco": {"organiser": "ministry-of-justice-ma"},
    "Ministry of Justice of Morocco;UNDP-POGAR": {"organiser": "ministry-of-justice-ma | undp-pogar"},
    "School of the Gendarmerie Royale of Morocco": {"organiser": "school-of-the-gendarmerie-royale-ma"},
    "Superior Institute of Magistrates": {"host": "higher-institute-of-magistracy-tn"},
    "UNODC; Carabinieri": {"organiser": "carabinieri-it | unodc"},
    "UNODC; National Police Training Academy": {
        "organiser": "unodc",
        "host": "national-police-training-academy-tn",
    },
}


def bodies(*slugs: str) -> Cells:
    """Return the claim that some organisations attended."""
    return {"attendedBy": " | ".join(f"organisation/{slug}" for slug in slugs)}


JUSTICE_JO = ("judicial-council-jo", "ministry-of-justice-jo", "public-security-directorate-jo")
SECURITY_JO = ("general-intelligence-department-jo", "jordan-armed-forces")
BENEFICIARIES: dict[str, Cells] = {
    "": {},
    "High Judicial Council, Ministry of Justice, Public Security Department, General Intelligence Directorate, "
    "Jordan Armed Forces": bodies(*JUSTICE_JO, *SECURITY_JO),
    "Internal Security Forces": bodies("internal-security-forces-lb"),
    "Ministry of Foreign Affairs, Ministry of Justice, Judicial Council, Judicial Institute, Public Security "
    "Department, Ministry of Telecommunication, Central Bank": bodies(
        *JUSTICE_JO,
        "central-bank-jo",
        "judicial-institute-jo",
        "ministry-of-foreign-affairs-jo",
        "ministry-of-telecommunication-jo",
    ),
    "Ministry of Justice, General Intelligence Department, Judicial Council, Armed Forces, Public Security "
    "Department": bodies(*JUSTICE_JO, *SECURITY_JO),
    "Moroccan judges, prosecutors, investigators": {"audience": "judges | prosecutors | law-enforcement"},
    "Palestinian judges": {"audience": "judges"},
    "Police Academy, Internal Security Forces and forensic laboratories": bodies(
        "internal-security-forces-lb", "police-academy-lb"
    )
    | {"audience": "forensic-experts"},
    "Police and Gendarmerie": {"audience": "gendarmerie | police"},
    "also France, Romania, European Commission": {
        "attendedBy": "country/FR | country/RO | organisation/european-commission"
    },
    "civilian and military judges and prosecutors": {"audience": "judges | prosecutors"},
    "criminal justice authorities of GLACY+, CyberSouth, CyberEast and iPROCEEDS-2 countries": {
        "audience": "criminal-justice-professionals"
    },
    "delegation of Jordan": {"attendedBy": "country/JO", "audience": "government-officials"},
    "embassies": {"audience": "diplomats"},
    "experts of the priority countries, FR, NO, PT, RO and embassies": {
        "attendedBy": "country/FR | country/NO | country/PT | country/RO"
    },
    "judges and prosecutors": {"audience": "judges | prosecutors"},
    "law enforcement representatives": {"audience": "law-enforcement"},
    "magistrates": {"audience": "magistrates"},
    "magistrates (judges and prosecutors)": {"audience": "judges | magistrates | prosecutors"},
    "officers of the Ministry of Interior of Jordan; National Guard and National Police of Tunisia": bodies(
        "ministry-of-interior-jo", "national-guard-tn", "national-police-tn"
    ),
    "officials of the Police (DGSN), DGST, Prosecution Office and Gendarmerie": bodies(
        "dgsn-ma", "dgst-ma", "gendarmerie-royale-ma", "prosecution-office-ma"
    ),
    "public prosecutors; Judicial Police of Morocco; Police of Dubai (AE); experts of the Council of Europe, GB, BE": (
        bodies("council-of-europe", "dubai-police-ae", "judicial-police-ma") | {"audience": "prosecutors"}
    ),
    "representatives of the partners, DG NEAR, project partners": bodies("dg-near") | {"audience": "project-partners"},
    "specialised units, prosecutors and judges (also Belgium)": {
        "attendedBy": "country/BE",
        "audience": "judges | law-enforcement | prosecutors",
    },
}
PRESENT = {("act-cs-briefing2019", "eun_bucharest"), ("act-csp-launch", "seed1"), ("act-pogar-casa2007", "seed3")}
"""Rows whose countries were present, rather than those for whom the activity was held."""

PEOPLE = {
    "act-cs-247-2021": "2021-04-contact-points-all",
    "act-cs-jo-jud2019": "amman-basic-judicial-training-all",
    "act-cs-launch": "2018-03-tunis-all",
    "act-cs-tn-intro2018": "2018-11-tunis-all",
    "act-csp-first-responders": "2025-04-tunis-all",
    "act-other-eupol2019": "2019-06-amman-judges",
    "act-other-unodc2018": "2018-04-carthage-all",
    "act-other-velletri2017": "2017-03-velletri-all",
    "act-pogar-casa2007": "2007-06-casablanca-all",
}
SITUATION, STANDARDS = "threats-and-trends", "council-of-europe-standards"
THEMES: dict[str, Cells] = {
    "": {},
    "Budapest Convention": {"concerns": "ets-185", "theme": STANDARDS},
    "SOPs; first responders": {"theme": "standard-operating-procedures", "audience": "first-responders"},
    "annual situation report": {"theme": SITUATION},
    "closing": {"activityKind": "closing-event"},
    "criminalisation of racist and xenophobic acts committed through computer systems; law reform": {
        "theme": "law-reform | racism-and-xenophobia-online"
    },
    "cybercrime types; national legislation; national legal framework": {
        "agendaTopic": "cybercrime-definition-and-types | introducing-national-legislation | national-legal-framework"
    },
    "cybercrime; electronic evidence": {"theme": "cybercrime | electronic-evidence"},
    "dark web; cryptocurrency": {"theme": "cryptocurrency | dark-web"},
    "electronic evidence; crime scenes": {"theme": "electronic-evidence | investigation-techniques"},
    "first responders; electronic evidence; victims": {
        "audience": "first-responders",
        "theme": "electronic-evidence | victims",
    },
    "international cooperation": {"theme": "international-cooperation"},
    "international cooperation; 24/7 network": {"theme": "contact-points-24-7"},
    "judicial training": {"theme": "judicial-training"},
    "launch": {"activityKind": "launch-event"},
    "launch; threats and trends; priorities: public-private partnership, money laundering and crypto currencies, "
    "OCSEA, freedom of expression": {
        "activityKind": "launch-event",
        "agendaTopic": "child-sexual-exploitation-online | cryptocurrency | freedom-of-expression | money-laundering | "
        "public-private-partnership | threats-and-trends",
    },
    "law enforcement training; SOPs": {"theme": "law-enforcement-training | standard-operating-procedures"},
    "legislation": {"theme": "national-legal-framework"},
    "policies and strategies; workplan": {"theme": "policies-and-strategies"},
    "procedural law": {"theme": "procedural-law"},
    "ransomware": {"theme": "ransomware"},
    "special investigation techniques": {"theme": "investigation-techniques"},
    "specialised units; training needs": {"theme": "specialisation"},
    "steering": {"activityKind": "steering-committee-meeting"},
    "training material": {"theme": "judicial-training"},
    "transnational organised crime": {"theme": "transnational-organised-crime"},
}
DATED_BY = {("act-cs-tn-sitrep2020", "eun_sitrep"): OURS}
"""Dates that are a judgement of the editors: which of two days is whose."""

NO_ORGANISER = "the report names no organiser of this conference; UNDP-POGAR implements the project"
LEFT = {
    ("act-cs-jo-proc2020", "eun_joproc", "country_iso2"): "an online workshop has no place; the country benefits",
    ("act-cs-lb-sop2020", "cs_page2020", "country_iso2"): "an online workshop has no place; the country benefits",
    ("act-cs-lb-visit2018", "eun_lbvisit", "country_iso2"): "no city is named; the country benefits",
    ("act-cs-tn-sitrep2020", "eun_sitrep", "country_iso2"): "an online workshop has no place; the country benefits",
    ("act-csp-ma-tot", "tot_ma", "country_iso2"): "no city is named; the country benefits",
    ("act-pogar-cairo2005", "seed3", "host_or_organiser"): NO_ORGANISER,
    ("act-pogar-rabat2006", "seed3", "host_or_organiser"): NO_ORGANISER,
}
