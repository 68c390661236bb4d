import { colorsOf } from '@nnunet/plot/internal';

/** An entry of a terminology, such as SNOMED CT ('SCT'). */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** How one label appears in DICOM. */
export interface Segment {
  /** Value in the label map. */
  readonly label: number;
  readonly name: string;
  readonly description?: string;
  /** Red, green and blue, 0 to 255. */
  readonly rgb: readonly [number, number, number];
  /** What kind of thing it is: an anatomical structure, a morphologically abnormal structure, a tissue … */
  readonly category: Code;
  /** The thing itself. */
  readonly type: Code;
  /** Further details of the type, such as the side. */
  readonly typeModifier?: Code;
  /** Where in the body it is, if `type` does not say so. */
  readonly region?: Code;
  readonly regionModifier?: Code;
}

const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
const TISSUE = sct('85756007', 'Tissue');
const ANATOMY = sct('91723000', 'Anatomical Structure');
const ABNORMALITY = sct('49755003', 'Morphologically Abnormal Structure');
const SIDES = { left: sct('7771000', 'Left'), right: sct('24028007', 'Right') } as const;

/** SNOMED CT codes of DICOM's context groups (PS3.16), by name. */
const STRUCTURES: Readonly<Record<string, string>> = {
  liver: '10200004',
  kidney: '64033007',
  spleen: '78961009',
  pancreas: '15776009',
  lung: '39607008',
  heart: '80891009',
  brain: '12738006',
  prostate: '41216001',
  bladder: '89837001',
  'urinary bladder': '89837001',
  hippocampus: '5366008',
  aorta: '15825003',
  stomach: '69695003',
  esophagus: '32849002',
  oesophagus: '32849002',
  gallbladder: '28231008',
  duodenum: '38848004',
  colon: '71854001',
  'small intestine': '30315005',
  'adrenal gland': '23451007',
  thyroid: '69748006',
  'spinal cord': '2748008',
  trachea: '44567001',
  rectum: '34402009',
  uterus: '35039007',
  breast: '76752008',
  femur: '71341001',
  skull: '89546000',
  mandible: '91609006',
  'portal vein': '32764006',
  'hepatic vein': '8993003',
  'inferior vena cava': '64131007',
  'left ventricle': '87878005',
  'left atrium': '82471001',
  'right ventricle': '53085002',
  'right atrium': '73829009',
  vertebra: '51282000',
  rib: '113197003',
  sternum: '56873002',
  cerebellum: '113305005',
  thalamus: '42695009',
  'parotid gland': '45289007',
  eye: '81745001',
  'optic nerve': '18234004',
  'optic chiasm': '244453006',
  larynx: '4596009',
  ovary: '15497006',
  testis: '40689003',
  'seminal vesicle': '64739004',
  bone: '272673000',
  muscle: '71616004',
  artery: '51114001',
  vein: '29092000',
  'white matter': '389080008',
  'gray matter': '389081007',
  'grey matter': '389081007',
};

const ABNORMALITIES: Readonly<Record<string, string>> = {
  neoplasm: '108369006',
  tumor: '108369006',
  tumour: '108369006',
  metastasis: '128462008',
  lesion: '52988006',
  cyst: '367643001',
  edema: '79654002',
  oedema: '79654002',
  necrosis: '6574001',
  nodule: '27925004',
  hemorrhage: '50960005',
};

/**
 * Describes labels by their names, with v1's colours. A name that is exactly that of a well-known structure or
 * abnormality, alone or with a side ("Liver", "kidney_left", "right lung", "tumor"), has its code in SNOMED CT. All
 * others have the code of tissue: a general code is better than a wrong one.
 *
 * @param names by label; background (0) and negative labels are left out
 */
export function segmentsOf(names: ReadonlyMap<number, string>): Segment[] {
  const labels = [...names.keys()].filter((label) => label > 0).sort((a, b) => a - b);
  const colors = colorsOf([0, ...labels]);
  return labels.map((label) => {
    const name = names.get(label)!;
    return { label, name, rgb: colors.get(label)!, ...codesOf(name) };
  });
}

function codesOf(name: string): Pick<Segment, 'category' | 'type' | 'typeModifier'> {
  const words = name.toLowerCase().split(/[\s_-]+/);
  const side = words.includes('left') ? 'left' : words.includes('right') ? 'right' : null;
  const rest = words.filter((word) => word !== side);
  return (
    coded(STRUCTURES, ANATOMY, words) ??
    coded(ABNORMALITIES, ABNORMALITY, words) ??
    (side && withSide(coded(STRUCTURES, ANATOMY, rest), SIDES[side])) ?? { category: TISSUE, type: TISSUE }
  );
}

function coded(table: Readonly<Record<string, string>>, category: Code, words: readonly string[]) {
  const name = words.join(' ');
  const value = Object.hasOwn(table, name) ? table[name] : undefined;
  if (value === undefined) return null;
  return { category, type: sct(value, name.charAt(0).toUpperCase() + name.slice(1)) };
}

function withSide(codes: { category: Code; type: Code } | null, typeModifier: Code) {
  return codes && { ...codes, typeModifier };
}
