import type { Split } from '../../dataset/types.ts'
import type { ImportInput } from '../../jobs/import.ts'
import type { Id, StoredOptions } from '../../registry/types.ts'
import type { AugmentationSettings } from '../../training/preprocessing.ts'
import type {
  DatasetDetails,
  DatasetDifference,
  DatasetSummary,
  DuplicateGroup,
  Health,
  ImageDetails,
  ImageEntry,
  ImageIssue,
  JitteredCrop,
  Page,
  ProblemEntry,
} from '../api/types.ts'
import type { Picture } from '../api/pictures.ts'
import type { ImageSort } from '../api/types.ts'
import type { CorrectionService } from './corrections.ts'
import type { Paging } from '../paging.ts'

export interface ImageQuery extends Paging {
  readonly class?: number | undefined
  readonly split?: Split | undefined
  readonly issue?: ImageIssue | undefined
  readonly search?: string | undefined
  /** Only those ahead of this position in the list. */
  readonly before?: number | undefined
  /** Default: as imported. */
  readonly sort?: ImageSort | undefined
  /** Position that `similar` begins with; default: the first of the list. */
  readonly like?: number | undefined
}

export interface GroupQuery extends Paging {
  readonly kind?: 'exact' | 'near' | undefined
  readonly across?: 'splits' | 'classes' | undefined
}

export interface SampleQuery {
  readonly split: Split
  readonly count: number
  readonly seed: number
}

export interface JitterQuery extends AugmentationSettings {
  readonly count: number
  readonly seed: number
  readonly class?: number | undefined
}

/** Data sets and their images. All throw StudioError `not-found`. */
export interface Library {
  list(): Promise<readonly DatasetSummary[]>
  details(id: Id): Promise<DatasetDetails>
  health(id: Id): Promise<Health>
  groups(id: Id, query: GroupQuery): Promise<Page<DuplicateGroup>>
  problems(
    id: Id,
    query: Paging & {
      readonly code?: string | undefined
      /** Left out by a person, or by what is wrong with it. */
      readonly intended?: boolean | undefined
    },
  ): Promise<Page<ProblemEntry>>
  problemPicture(id: Id, position: number, side: number): Promise<Picture>
  images(id: Id, query: ImageQuery): Promise<Page<ImageEntry>>
  image(id: Id, position: number): Promise<ImageDetails>
  /** The whole image, its longer side at most `side`. */
  picture(id: Id, position: number, side: number): Promise<Picture>
  /** Some images of a split, spread over its classes; another seed gives others. */
  sample(id: Id, query: SampleQuery): readonly ImageEntry[]
  jitter(id: Id, query: JitterQuery): Promise<readonly JitteredCrop[]>
  /** Compares names, sizes and times: quick, while a job (`difference`) reads everything; see Folders.within. */
  difference(id: Id, within?: readonly string[]): Promise<DatasetDifference>
  /** What imports it again, with what waits to be corrected; the split as before where none is given. */
  again(id: Id, split: Partial<Pick<StoredOptions, 'validation' | 'test' | 'seed'>>): ImportInput
  readonly corrections: CorrectionService
}
